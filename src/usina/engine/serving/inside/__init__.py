"""The model server of built-in images: runs inside the sandbox, beside the user's `inference.py`.

A program of its own, by the standard library alone (numpy and the frameworks only where the image has them). It is
copied into a server's folder when that starts, so a server that outlives an upgrade of the factory keeps its own.
Started by `container.BOOT`; imports within it are relative, because its folder is called otherwise inside.
"""
