"""Image archives that tests make: of any layers, and one that runs, from this machine's own shell."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from usina.engine.images.oci.layout import machine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Member:
    """One member of a layer."""

    name: str
    content: bytes = b""
    kind: bytes = tarfile.REGTYPE
    link: str = ""
    mode: int = 0o644
    headers: Mapping[str, str] = field(default_factory=dict)


def folder(name: str) -> Member:
    return Member(name, kind=tarfile.DIRTYPE, mode=0o755)


def symlink(name: str, target: str) -> Member:
    return Member(name, kind=tarfile.SYMTYPE, link=target)


def hard_link(name: str, target: str) -> Member:
    return Member(name, kind=tarfile.LNKTYPE, link=target)


def layer(*members: Member) -> bytes:
    """A layer's tar file."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for each in members:
            made = tarfile.TarInfo(each.name)
            made.type, made.linkname, made.mode, made.size = each.kind, each.link, each.mode, len(each.content)
            made.pax_headers = dict(each.headers)
            tar.addfile(made, io.BytesIO(each.content))
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def config_of(layers: Sequence[bytes], settings: Mapping[str, Any] | None = None, **more: Any) -> bytes:
    """The configuration of an image of these layers."""
    document = {"architecture": machine(), "os": "linux", "config": dict(settings or {}), **more}
    document.setdefault("rootfs", {"type": "layers", "diff_ids": [digest(each) for each in layers]})
    return json.dumps(document).encode()


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar file of these files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def layout_files(
    layers: Sequence[bytes], settings: Mapping[str, Any] | None = None, *, packed: bool = True, config: bytes = b""
) -> dict[str, bytes]:
    """The files of an OCI image layout."""
    config = config or config_of(layers, settings)
    stored = [gzip.compress(each, 1) if packed else each for each in layers]
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", each) for each in stored],
        }
    ).encode()
    index = {"schemaVersion": 2, "manifests": [_descriptor("application/vnd.oci.image.manifest.v1+json", manifest)]}
    blobs = {f"blobs/sha256/{digest(each)[7:]}": each for each in (config, manifest, *stored)}
    return {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode(), **blobs}


def docker_files(layers: Sequence[bytes], settings: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """The files of what `docker save` wrote before version 25."""
    config = config_of(layers, settings)
    names = [f"{digest(each)[7:]}/layer.tar" for each in layers]
    manifest = [{"Config": f"{digest(config)[7:]}.json", "RepoTags": ["trainer:1"], "Layers": names}]
    return {
        f"{digest(config)[7:]}.json": config,
        "manifest.json": json.dumps(manifest).encode(),
        **dict(zip(names, layers, strict=True)),
    }


def _descriptor(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(content), "size": len(content)}


def shell_layer(*programs: str) -> bytes:
    """A layer with this machine's shell and programs, and the libraries that they load."""
    members = [folder("bin"), folder("tmp")]
    libraries: dict[str, Path] = {}
    for name in ("sh", *programs):
        path = Path(shutil.which(name) or f"/bin/{name}").resolve()
        members.append(Member(f"bin/{name}", path.read_bytes(), mode=0o755))
        said = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
        for word in said.split():
            if word.startswith("/"):
                libraries[word] = Path(word).resolve()
    members += [Member(name.lstrip("/"), path.read_bytes(), mode=0o755) for name, path in libraries.items()]
    return layer(*members)
