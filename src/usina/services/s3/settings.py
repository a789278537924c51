"""Settings of a bucket: one JSON document that each resource has a place in.

versioning  Enabled | Suspended; not there: never enabled
lock        {} or {mode, days | years}: object lock is on; with the default for new versions
tags        {key: value}
lifecycle   the rules as S3 has them
policy      the bucket policy, as JSON text
encryption  {kind, key, shared, bucket_key}: how objects are encrypted that ask for nothing themselves
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from usina.services.s3.naming import the_bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.operation import Call
    from usina.core.ports import Ports


def without(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The document without one of its members."""
    return {key: value for key, value in document.items() if key != name}


async def changed(
    call: Call[Any], ports: Ports, name: str, value: Any, check: Callable[[Mapping[str, Any]], None] | None = None
) -> None:
    """Give the bucket that a request names another value of a setting; None takes it away.

    `check` sees the settings at that moment and raises to refuse. Raises: NotFoundError (NoSuchBucket).
    """

    def change(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        if check is not None:
            check(settings)
        rest = without(settings, name)
        return rest if value is None else rest | {name: value}

    await ports.buckets.change(the_bucket(call, ports).name, change)
