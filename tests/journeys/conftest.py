"""A real factory, started as an operator starts it, and programs that know nothing but its client kit."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.running import CHAT_MODEL, SMALL_ENGINES, Factory, free_ports
from usina.core.clock import SystemClock
from usina.engine.sandbox.bubblewrap import detect

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All journeys in one worker: they share one factory, and this machine's cores."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("factory"))
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def imported_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose default models are imported and whose factory was stopped in order; the others begin as its copy."""
    home = tmp_path_factory.mktemp("imported") / "home"
    factory = Factory(home, *free_ports())
    factory.start()
    factory.stop()
    return home


@pytest.fixture(scope="session")
def new_factory(imported_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Factory]]:
    """Makes factories that are running, with further settings if any are given; what runs at the end is stopped."""
    made: list[Factory] = []

    def make(settings: str = "") -> Factory:
        home = tmp_path_factory.mktemp("factory") / "home"
        # Model files are large and never changed in place: a hard link is as good as a copy.
        shutil.copytree(imported_home, home, copy_function=_link_models)
        shutil.rmtree(home / "client", ignore_errors=True)
        if settings:
            (home / "site.toml").write_text(SMALL_ENGINES + settings)
        factory = Factory(home, *free_ports())
        made.append(factory)
        factory.start()
        return factory

    yield make
    for factory in made:
        factory.stop()


@pytest.fixture(scope="session")
def factory(new_factory: Callable[[], Factory]) -> Factory:
    """The factory that the journeys share. A test that breaks something makes its own."""
    return new_factory()


@pytest.fixture(scope="session")
def confined() -> None:
    """Jobs run here: the machine can hold a program back. Skips where it cannot."""
    isolation = asyncio.run(detect(SystemClock()))[1]
    if not isolation.confined:
        pytest.skip(isolation.lacking)


@pytest.fixture(scope="session")
def training_role(factory: Factory) -> str:
    """A role that jobs may have, with the rights that such roles mostly have on AWS."""
    service = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [service]})
    made = factory.program("aws", "iam", "create-role", "--role-name", "jobs", "--assume-role-policy-document", trust)
    assert made.returncode == 0, made.stderr
    rights = ("--policy-arn", "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    attached = factory.program("aws", "iam", "attach-role-policy", "--role-name", "jobs", *rights)
    assert attached.returncode == 0, attached.stderr
    return str(json.loads(made.stdout)["Role"]["Arn"])


@pytest.fixture
def kit(factory: Factory, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The kit's environment, loaded into this process, and no other AWS or OpenAI setting."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "OPENAI_", "USINA_")):
            monkeypatch.delenv(name)
    values = factory.kit()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


@pytest.fixture(scope="module")
def module_kit(factory: Factory) -> Iterator[None]:
    """The kit's environment for all of a module, whose clients outlive a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "OPENAI_", "USINA_")):
                patch.delenv(name)
        for name, value in factory.kit().items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def model() -> str:
    """The default chat model."""
    return CHAT_MODEL


@pytest.fixture(scope="session")
def run_usina() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the `usina` command against a home; gives the finished process."""

    def run(factory: Factory, *arguments: str) -> subprocess.CompletedProcess[str]:
        return factory.command(*arguments)

    return run


def _link_models(source: str, target: str) -> str:
    # Nothing else may be linked: a segment of the ledger is as large and is written to in place.
    if "models" in Path(source).parts and Path(source).stat().st_size > 1_000_000:
        os.link(source, target)
        return target
    return shutil.copy2(source, target)
