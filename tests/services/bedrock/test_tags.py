"""Tags of inference profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from usina.core.errors import ApiError, ConflictError, NotFoundError, ThrottledError, ValidationError
from usina.services.bedrock.inference_profiles import create_inference_profile
from usina.services.bedrock.tags import list_tags_for_resource, tag_resource, untag_resource
from usina.testing.catalogue import CHAT
from usina.testing.records import MemoryRecords
from usina.testing.world import call_of, principal, world

if TYPE_CHECKING:
    from usina.core.ports import Ports, Row

REGIONAL = "us.anthropic.claude-3-haiku-20240307-v1:0"


class Contested(MemoryRecords):
    """Records that somebody else always changes first, so many times."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0

    async def put(self, row: Row) -> Row:
        if self.lost:
            self.lost -= 1
            raise ConflictError("changed meanwhile")
        return await super().put(row)


async def made(records: MemoryRecords | None = None) -> tuple[Ports, str]:
    ports = world(records, aliases={REGIONAL: CHAT.id})
    source = f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}"
    asked = {"inferenceProfileName": "a", "modelSource": {"copyFrom": source}}
    return ports, (await create_inference_profile(call_of(asked), ports))["inferenceProfileArn"]


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in pairs.items()]


async def tag(ports: Ports, arn: str, given: list[dict[str, str]], who: Any = None) -> None:
    assert await tag_resource(call_of({"resourceARN": arn, "tags": given}, who), ports) == {}


async def listed(ports: Ports, arn: str, who: Any = None) -> Any:
    return (await list_tags_for_resource(call_of({"resourceARN": arn}, who), ports))["tags"]


async def test_tags_are_added_changed_and_taken_away() -> None:
    ports, arn = await made()
    assert await listed(ports, arn) == []
    await tag(ports, arn, tags(team="a", cost="1"))
    await tag(ports, arn, tags(cost="2"))
    assert await listed(ports, arn) == tags(cost="2", team="a")
    assert await untag_resource(call_of({"resourceARN": arn, "tagKeys": ["team", "absent"]}), ports) == {}
    assert await listed(ports, arn) == tags(cost="2")


async def test_fifty_tags_are_enough() -> None:
    ports, arn = await made()
    await tag(ports, arn, tags(**{f"k{number}": "" for number in range(50)}))
    with pytest.raises(ApiError, match="at most 50") as caught:
        await tag(ports, arn, tags(more="x"))
    assert caught.value.code == "TooManyTagsException"
    assert caught.value.members == {"resourceName": arn}
    await tag(ports, arn, tags(k1="changed"))


@pytest.mark.parametrize(
    "given", [[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], [{"key": "AWS:owner", "value": "x"}]]
)
async def test_doubled_and_reserved_keys_are_refused(given: list[dict[str, str]]) -> None:
    ports, arn = await made()
    with pytest.raises(ValidationError):
        await tag(ports, arn, given)


async def test_only_profiles_of_the_account_have_tags() -> None:
    ports, arn = await made()
    other = principal("999988887777")
    with pytest.raises(NotFoundError):
        await tag(ports, arn, tags(a="b"), other)
    with pytest.raises(NotFoundError):
        await listed(ports, arn, other)
    with pytest.raises(NotFoundError):
        await listed(ports, f"arn:aws:bedrock:us-east-1::foundation-model/{CHAT.id}")
    with pytest.raises(NotFoundError):
        await listed(ports, arn + "x")
    with pytest.raises(ValidationError, match="not a valid ARN"):
        await listed(ports, "something else that is long")
    with pytest.raises(ValidationError, match="defined by the site"):
        await tag(ports, arn.replace("application-", "").rpartition("/")[0] + f"/{REGIONAL}", tags(a="b"))


async def test_a_change_that_somebody_overtook_is_done_again() -> None:
    records = Contested()
    ports, arn = await made(records)
    records.lost = 4
    await tag(ports, arn, tags(a="b"))
    assert await listed(ports, arn) == tags(a="b")
    records.lost = 5
    with pytest.raises(ThrottledError):
        await tag(ports, arn, tags(a="c"))
