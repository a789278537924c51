"""A Python that starts with the kit loaded finds the kit's tables even where a program looks past AWS_DATA_PATH."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from usina.client.kit import KitCredentials, KitFacts, env_values, write_kit

if TYPE_CHECKING:
    from pathlib import Path

FACTS = KitFacts("localhost", 8080, 8443, "us-east-1", "111122223333", "")
CREDENTIALS = KitCredentials("AKIAEXAMPLE", "secret", "key")

# How the sagemaker SDK (2.257, 3.27) finds the host of its STS client.
LOOK_UP = """
import botocore.loaders, botocore.regions
loader = botocore.loaders.create_loader()
resolver = botocore.regions.EndpointResolver(loader.load_data("endpoints"))
print(resolver.construct_endpoint("sts", "us-east-1")["hostname"])
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    write_kit(tmp_path / "kit", FACTS, CREDENTIALS)
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **env_values(FACTS, CREDENTIALS, tmp_path / "kit")}


def python(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_loader_that_a_program_builds_by_itself_leads_to_the_factory(environment: dict[str, str]) -> None:
    assert python(LOOK_UP, environment) == "localhost:8443"


def test_without_the_kit_nothing_is_changed(environment: dict[str, str]) -> None:
    assert python(LOOK_UP, {**environment, "PYTHONPATH": ""}) == "sts.us-east-1.amazonaws.com"


def test_botocore_is_not_imported_by_a_program_that_does_not_want_it(environment: dict[str, str]) -> None:
    assert python("import sys; print([name for name in sys.modules if 'botocore' in name])", environment) == "[]"


def test_the_sitecustomize_that_it_hides_is_run(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text("import builtins; builtins.was_run = 'yes'\n")
    both = {**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}:{tmp_path / 'other'}"}
    assert python("print(was_run)", both) == "yes"
    assert python(LOOK_UP, both) == "localhost:8443"
