"""Images of strangers, from archives: read with suspicion, unpacked without rights, run in the sandbox by their root.

`layout.py` finds the image in an archive that was taken apart, and proves it by its digests; `rootfs.py` lays its
layers over each other; `load.py` is the child process that does both.

Formats: the image specification of the Open Container Initiative, version 1.1 (image-layout.md, layer.md, config.md),
and the older one of `docker save` (its manifest.json).
"""
