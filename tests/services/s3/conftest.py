"""One running site for all tests of this folder; each test has a bucket of its own."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.s3.running import StorageSite

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageSite]:
    """A site that runs."""
    running = StorageSite(tmp_path_factory.mktemp("site"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session", params=["http", "https"])
def s3(request: pytest.FixtureRequest, site: StorageSite) -> Iterator[Any]:
    """boto3's client of a developer: it signs its bodies over http, and sends them in chunks over https."""
    with closing(site.client(tls=request.param == "https")) as client:
        yield client


@pytest.fixture(scope="session")
def owner(site: StorageSite) -> Iterator[Any]:
    """The client that makes the buckets. A client takes longer to make than most tests take."""
    with closing(site.client()) as client:
        yield client


@pytest.fixture
def bucket(owner: Any) -> str:
    """A bucket of the developer's account."""
    name = f"test-{uuid.uuid4()}"
    owner.create_bucket(Bucket=name)
    return name
