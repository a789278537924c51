from __future__ import annotations

import pytest

from usina.core.errors import AccessDeniedError, ConflictError, NotFoundError, ValidationError
from usina.core.iam import Simulated
from usina.core.images import PackageSource
from usina.core.operation import Resource
from usina.services import operations
from usina.services.usina.images import describe_image, import_image, install_image, list_images, remove_image
from usina.testing.images import FakeImageStore
from usina.testing.world import call_of, world

TOUCHES = {name: operation.touches for (service, name), operation in operations().items() if service == "usina"}


async def test_images_are_listed_by_pages_without_their_packages() -> None:
    ports = world()
    await ports.images.install("usina/sklearn", PackageSource())
    first = await list_images(call_of({"maxResults": 1}), ports)
    second = await list_images(call_of({"maxResults": 1, "nextToken": first["nextToken"]}), ports)
    images = first["images"] + second["images"]
    assert [(image["imageName"], image["state"]) for image in images] == [
        ("usina/python", "READY"),
        ("usina/sklearn", "READY"),
    ]
    assert not any("packages" in image for image in images)


async def test_an_image_is_installed_described_and_removed() -> None:
    ports = world()
    source = {"kind": "wheels", "location": "/srv/wheels"}
    installed = (await install_image(call_of({"imageName": "usina/sklearn", "source": source}), ports))["image"]
    assert installed["state"] == "READY"
    assert isinstance(ports.images, FakeImageStore)
    assert ports.images.asked == [("usina/sklearn", PackageSource("wheels", "/srv/wheels"))]
    described = (await describe_image(call_of({"imageName": "usina/sklearn"}), ports))["image"]
    assert described["packages"][0]["name"] == "scikit-learn"
    assert described["packages"][0]["licence"] == "BSD-3-Clause"
    with pytest.raises(ConflictError):
        await install_image(call_of({"imageName": "usina/sklearn"}), ports)
    assert await remove_image(call_of({"imageName": "usina/sklearn"}), ports) == {"imageName": "usina/sklearn"}
    with pytest.raises(NotFoundError):
        await remove_image(call_of({"imageName": "usina/sklearn"}), ports)


async def test_an_image_that_is_not_here_is_not_found() -> None:
    with pytest.raises(NotFoundError, match="ListImages"):
        await describe_image(call_of({"imageName": "other/image"}), world())


def test_policy_sees_which_image_it_is() -> None:
    ports = world()
    for name in ("DescribeImage", "ImportImage", "InstallImage", "RemoveImage"):
        assert TOUCHES[name](call_of({"imageName": "usina/sklearn"}), ports) == (Resource("Image", "usina/sklearn"),)
    assert TOUCHES["ListImages"](call_of({}), ports) == (Resource("Image", "*"),)


async def test_an_image_of_the_sites_own_is_imported_under_its_name() -> None:
    ports = world()
    source = {"kind": "archive", "location": "/srv/trainer.tar"}
    asked = {"imageName": "team/trainer:7", "source": source}
    image = (await import_image(call_of(asked), ports))["image"]
    assert (image["imageName"], image["kind"], image["source"]) == ("team/trainer:7", "imported", "/srv/trainer.tar")
    with pytest.raises(ConflictError):
        await import_image(call_of(asked), ports)
    with pytest.raises(ValidationError, match="usina/"):
        await import_image(call_of({**asked, "imageName": "usina/mine"}), ports)


async def test_an_object_is_taken_only_where_its_caller_may_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = world()
    asked = {"imageName": "team/trainer:7", "source": {"kind": "object", "location": "s3://images/trainer.tar"}}
    with pytest.raises(ValidationError, match="s3://BUCKET/KEY"):
        await import_image(call_of({**asked, "source": {"kind": "object", "location": "s3://images"}}), ports)
    seen = []

    def simulate(_principal: object, action: str, name: str) -> Simulated:
        seen.append((action, name))
        return Simulated(allowed=len(seen) > 1, denied=False, site_allows=True, policies=())

    monkeypatch.setattr(ports.iam, "simulate", simulate)
    with pytest.raises(AccessDeniedError, match="s3:GetObject"):
        await import_image(call_of(asked), ports)
    with pytest.raises(NotFoundError, match="no object"):
        await import_image(call_of(asked), ports)
    assert seen == [("s3:GetObject", "arn:aws:s3:::images/trainer.tar")] * 2
