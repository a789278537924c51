"""Images that programs run in: list, describe, install, import, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from usina.core.clock import utc
from usina.core.errors import AccessDeniedError, NotFoundError, ValidationError
from usina.core.images import ArchiveSource, PackageSource
from usina.core.objects import Under
from usina.core.operation import Access, Resource, operation
from usina.services.usina.pages import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from usina.core.images import ImageCard
    from usina.core.operation import Call
    from usina.core.ports import Ports
    from usina.shapes import usina_types as t


def _image(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del ports
    return (Resource("Image", call.arguments["imageName"]),)


def _images(call: Call[Mapping[str, Any]], ports: Ports) -> Sequence[Resource]:
    del call, ports
    return (Resource("Image", "*"),)


def _describe(card: ImageCard) -> t.ImageDescription:
    """A card as answers show it; what does not apply is left out."""
    described: dict[str, Any] = {
        "imageName": card.name,
        "kind": card.kind,
        "title": card.title,
        "state": card.state,
        "stateReason": card.state_reason,
        "sizeBytes": card.size_bytes,
        "installedAt": utc(card.installed_at) if card.installed_at else "",
        "source": card.source,
        "digest": card.digest,
        "packages": [
            {"name": each.name, "version": each.version}
            | ({"licence": each.licence} if each.licence else {})
            | ({"sha256": each.sha256} if each.sha256 else {})
            for each in card.packages
        ],
    }
    known = {name: value for name, value in described.items() if value}
    if card.stage:
        known |= {"progressStage": card.stage, "progressShare": card.share}
    return cast("t.ImageDescription", known)


@operation("usina", "ListImages", access=Access.LIST, touches=_images)
async def list_images(call: Call[t.ListImagesRequest], ports: Ports) -> t.ListImagesResponse:
    """List the images that programs can run in, installed or not, in order of name."""
    asked, cards = call.arguments, await ports.images.cards()
    found, token = page(cards, lambda card: card.name, asked.get("maxResults"), asked.get("nextToken"))
    answer: t.ListImagesResponse = {"images": [_describe(card) for card in found]}
    if token is not None:
        answer["nextToken"] = token
    return answer


@operation("usina", "DescribeImage", access=Access.READ, touches=_image)
async def describe_image(call: Call[t.DescribeImageRequest], ports: Ports) -> t.DescribeImageResponse:
    """Describe one image and what is in it; while it is being made, how far that is."""
    return {"image": _describe(await ports.images.card(call.arguments["imageName"]))}


@operation("usina", "InstallImage", access=Access.WRITE, touches=_image)
async def install_image(call: Call[t.InstallImageRequest], ports: Ports) -> t.InstallImageResponse:
    """Start to install a built-in image, from where the request says; a control loop does the work."""
    name, source = call.arguments["imageName"], call.arguments.get("source")
    wanted = PackageSource() if source is None else PackageSource(source["kind"], source.get("location", ""))
    await ports.images.install(name, wanted)
    return {"image": _describe(await ports.images.card(name))}


@operation("usina", "ImportImage", access=Access.WRITE, touches=_image)
async def import_image(call: Call[t.ImportImageRequest], ports: Ports) -> t.ImportImageResponse:
    """Start to bring an image of the site's own; a control loop does the work. An object is read as its caller."""
    asked = call.arguments
    source = ArchiveSource(asked["source"]["kind"], asked["source"]["location"])
    if source.kind == "object":
        await _check_object(source.location, call, ports)
    await ports.images.bring(asked["imageName"], source, asked.get("digest", ""))
    return {"image": _describe(await ports.images.card(asked["imageName"]))}


async def _check_object(address: str, call: Call[Any], ports: Ports) -> None:
    """Raises: AccessDeniedError where the caller may not read it, NotFoundError, ValidationError."""
    scheme, _, rest = address.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or not key:
        raise ValidationError(f"source.location must be of the form s3://BUCKET/KEY, not {address}")
    arn = f"arn:aws:s3:::{bucket}/{key}"
    if not ports.iam.simulate(call.principal, "s3:GetObject", arn).allowed:
        raise AccessDeniedError(f"{call.principal.arn} is not authorized to perform s3:GetObject on {arn}")
    entry = await ports.objects.find(bucket, key)
    if entry is None or entry.marker:
        raise NotFoundError(f"There is no object {address}.")
    under = Under.of(entry.facts)
    if under.is_judged and not ports.iam.simulate(call.principal, "kms:Decrypt", under.key).allowed:
        raise AccessDeniedError(f"{call.principal.arn} is not authorized to perform kms:Decrypt on {under.key}")


@operation("usina", "RemoveImage", access=Access.WRITE, touches=_image)
async def remove_image(call: Call[t.RemoveImageRequest], ports: Ports) -> t.RemoveImageResponse:
    """Delete the files of an image. A program that runs in it may fail."""
    name = call.arguments["imageName"]
    await ports.images.remove(name)
    return {"imageName": name}
