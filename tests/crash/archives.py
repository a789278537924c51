"""Archives of a few small files, as programs bring scripts and models."""

from __future__ import annotations

import io
import tarfile


def packed(files: dict[str, str]) -> bytes:
    """A `.tar.gz` of these names and texts."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()
