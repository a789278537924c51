"""A user's processing script: splits the rows of its input in two."""

import argparse
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--keep", type=float, default=0.5)
given = parser.parse_args()

base = pathlib.Path("/opt/ml/processing")
rows = (base / "input/rows/rows.csv").read_text("utf-8").splitlines()
border = int(len(rows) * given.keep)
for name, part in (("train", rows[:border]), ("test", rows[border:])):
    folder = base / "output" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rows.csv").write_text("\n".join(part), "utf-8")
print(f"kept {border} of {len(rows)} rows")
