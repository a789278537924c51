"""A user's script for scikit-learn: trains a classifier, and says how it is loaded where it is served."""

import argparse
import os

import joblib
import pandas as pd
from sklearn.tree import DecisionTreeClassifier


def model_fn(folder: str) -> DecisionTreeClassifier:
    """What SageMaker calls to load the model."""
    return joblib.load(os.path.join(folder, "model.joblib"))  # noqa: PTH118 - as such scripts are written


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--depth", type=int, default=1)
    given = parser.parse_args()
    table = pd.read_csv(os.environ["SM_CHANNEL_TRAIN"] + "/table.csv")
    model = DecisionTreeClassifier(max_depth=given.depth).fit(table[["x", "y"]], table["inside"])
    print(f"accuracy: {model.score(table[['x', 'y']], table['inside']):.4f}")
    joblib.dump(model, os.environ["SM_MODEL_DIR"] + "/model.joblib")
