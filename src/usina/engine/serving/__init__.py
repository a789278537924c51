"""Models that are served: a process for each, in the sandbox, asked over HTTP on a Unix socket.

`server.py` is one such process from its artifacts to its end; `container.py` what it finds inside; `channel.py` the
connections to it; `inside/` the program that runs in built-in images.
"""
