"""Which built-in image an address stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from usina.core.errors import OperatorError
from usina.engine.images.table import Table

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("usina/python", "usina/python"),
        ("usina/python:latest", "usina/python"),
        ("111122223333.dkr.ecr.us-east-1.example.internal/sagemaker-base-python-310:1.0", "usina/python"),
        ("python:3.11", "usina/python"),
        ("registry.internal:5000/python@sha256:" + "0" * 64, "usina/python"),
        ("763104351884.dkr.ecr.us-east-1.example.internal/pytorch-training:2.0-cpu-py310", "usina/pytorch"),
        ("763104351884.dkr.ecr.us-east-1.example.internal/pytorch-inference:2.6.0-cpu-py312", "usina/pytorch"),
        ("683313688378.dkr.ecr.us-east-1.example.internal/sagemaker-scikit-learn:1.2-1-cpu-py3", "usina/sklearn"),
        ("683313688378.dkr.ecr.us-east-1.example.internal/sagemaker-xgboost:1.7-1", "usina/xgboost"),
        ("763104351884.dkr.ecr.us-east-1.example.internal/huggingface-pytorch-training:2.1-gpu-py310", "usina/lora"),
        ("763104351884.dkr.ecr.us-east-1.example.internal/huggingface-pytorch-tgi-inference:2.1", None),
        ("763104351884.dkr.ecr.us-east-1.example.internal/tensorflow-training:2.13-cpu-py310", None),
        ("", None),
    ],
)
def test_an_address_leads_to_its_built_in_image(tmp_path: Path, asked: str, found: str | None) -> None:
    assert Table.read(tmp_path).find(asked) == found


def test_a_site_maps_images_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "images.toml").write_text('[[image]]\npattern = "team/*"\nbuilt_in = "usina/python"\n')
    images = Table.read(tmp_path)
    assert images.find("registry.internal/team/trainer:7") == "usina/python"
    assert images.find("python:3.11") is None


def test_a_table_that_names_no_image_of_ours_is_refused(tmp_path: Path) -> None:
    for text in ('[[image]]\npattern = "a"\nbuilt_in = "b"\n', '[[image]]\npattern = "a"\n', "nonsense"):
        (tmp_path / "images.toml").write_text(text)
        with pytest.raises(OperatorError, match="images"):
            Table.read(tmp_path)
