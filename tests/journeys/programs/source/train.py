"""A user's training script: fits a line to points, tells its loss, and saves what it found."""

import argparse
import csv
import json
import os
import pathlib

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--rate", type=float, default=0.1)
given = parser.parse_args()

points = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"], "points.csv").read_text("utf-8")
rows = [tuple(map(float, row)) for row in csv.reader(points.splitlines())]
slope = offset = loss = 0.0
for epoch in range(given.epochs):
    for x, y in rows:
        error = slope * x + offset - y
        slope, offset = slope - given.rate * error * x, offset - given.rate * error
    loss = sum((slope * x + offset - y) ** 2 for x, y in rows)
    print(f"epoch {epoch} loss: {loss:.6f}", flush=True)
if loss > 1_000:
    raise ArithmeticError(f"the loss grew to {loss:.0f}: take a smaller rate")
pathlib.Path(os.environ["SM_MODEL_DIR"], "line.json").write_text(json.dumps([slope, offset]), "utf-8")
