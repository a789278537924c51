"""s3fs: S3 as a file system. `s3fs_objects.py BUCKET`, with the client kit in the environment; prints what it saw."""

import hashlib
import json
import os
import pathlib
import sys
import tempfile

import s3fs

LARGE = os.urandom(1 << 20) * 24
bucket = sys.argv[1]
fs = s3fs.S3FileSystem(default_block_size=8 << 20)  # more than one block goes up in parts
fs.mkdir(bucket)

with fs.open(f"{bucket}/notes/first.txt", "w") as file:
    file.write("one\ntwo\n")
fs.pipe({f"{bucket}/notes/{name}.txt": name.encode() for name in ("second", "third")})
fs.pipe_file(f"{bucket}/odd/ä b+c%20&=?#.txt", b"odd")
with fs.open(f"{bucket}/large.bin", "wb", block_size=8 << 20) as file:
    file.write(LARGE)

with fs.open(f"{bucket}/large.bin", "rb") as file:
    file.seek(20 << 20)
    middle = file.read(1 << 20)
with fs.open(f"{bucket}/notes/first.txt", "r") as file:
    lines = file.read().splitlines()
with fs.open(f"{bucket}/notes/first.txt", "ab") as file:
    file.write(b"three\n")

fs.copy(f"{bucket}/large.bin", f"{bucket}/copies/large.bin")
fs.mv(f"{bucket}/notes/third.txt", f"{bucket}/notes/moved.txt")
with tempfile.TemporaryDirectory() as folder:
    fs.get(f"{bucket}/notes", folder, recursive=True)
    fetched = sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*.txt"))
    fs.put(folder, f"{bucket}/back", recursive=True)
try:
    fs.cat_file(f"{bucket}/nothing")
    missing = "found"
except FileNotFoundError as error:
    missing = type(error).__name__

fs.invalidate_cache()
told = {
    "lines": lines,
    "appended": fs.cat_file(f"{bucket}/notes/first.txt").decode(),
    "large": hashlib.sha256(fs.cat_file(f"{bucket}/copies/large.bin")).hexdigest() == hashlib.sha256(LARGE).hexdigest(),
    "etag_of_parts": "-" in fs.info(f"{bucket}/large.bin")["ETag"],
    "middle": middle == LARGE[20 << 20 : 21 << 20],
    "size": fs.size(f"{bucket}/large.bin"),
    "listed": sorted(fs.ls(f"{bucket}/notes", detail=False)),
    "folders": sorted(fs.ls(bucket, detail=False)),
    "globbed": sorted(fs.glob(f"{bucket}/**/*.txt")),
    "fetched": fetched,
    "odd": fs.cat_file(f"{bucket}/odd/ä b+c%20&=?#.txt").decode(),
    "missing": missing,
    "exists": [fs.exists(f"{bucket}/notes/third.txt"), fs.isdir(f"{bucket}/notes"), fs.isfile(f"{bucket}/large.bin")],
    "link": fs.sign(f"{bucket}/notes/first.txt", expiration=60),
}
fs.rm(bucket, recursive=True)
fs.invalidate_cache()
told["left"] = fs.exists(bucket)
print(json.dumps(told))
