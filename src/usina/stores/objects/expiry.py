"""What a bucket's lifecycle rules let go: looked for now and then, the same however often.

A control loop: it reads the rules, walks the bucket by pages and removes what is due. Versions under a lock stay. In a
bucket with versions an expired object gets the mark of a deletion; its bytes go by the rule for older versions.
"""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING, Any

from usina.core.errors import ApiError, ConflictError
from usina.core.objects import NULL_VERSION, Asked, Entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from usina.core.clock import Clock, Dice
    from usina.core.objects import Bucket, Buckets, Objects, Uploads

_LOG = logging.getLogger("usina.objects")
_DAY_SECONDS = 86_400
_EVERY_SECONDS = 3_600.0
_VERSION_BYTES = 24
_LOCKED = ConflictError("locked")


class Expiry:
    """Keeps the lifecycle rules of all buckets of some accounts."""

    def __init__(self, buckets: Buckets, objects: Objects, uploads: Uploads, clock: Clock, dice: Dice) -> None:
        self._buckets = buckets
        self._objects = objects
        self._uploads = uploads
        self._clock = clock
        self._dice = dice

    async def run(self, all_buckets: Callable[[], Sequence[Bucket]]) -> None:
        """Sweep again and again, until cancelled."""
        while True:
            for bucket in all_buckets():
                try:
                    await self.sweep(bucket)
                except ApiError as error:
                    _LOG.warning("expiry in bucket %s was put off: %s", bucket.name, error)
            await self._clock.sleep(_EVERY_SECONDS)

    async def sweep(self, bucket: Bucket) -> int:
        """Remove what is due in one bucket; gives how much that was."""
        rules = [rule for rule in bucket.settings.get("lifecycle", ()) if rule["Status"] == "Enabled"]
        if not rules:
            return 0
        return await self._objects_due(bucket, rules) + await self._uploads_due(bucket, rules)

    async def _objects_due(self, bucket: Bucket, rules: Sequence[Mapping[str, Any]]) -> int:
        removed, asked = 0, Asked(versions=True)
        newer: Entry | None = None  # the version listed just before, where it is of the same key
        behind = 0  # how many older versions of the key were listed
        while True:
            page = await self._objects.list(bucket.name, asked)
            for entry in page.entries:
                same = newer is not None and newer.key == entry.key
                behind = behind + 1 if same else 0
                if entry.latest:
                    removed += await self._latest(bucket, entry, rules)
                elif newer is not None and self._noncurrent(entry, newer, behind, rules):
                    removed += await self._remove(entry)
                newer = entry
            if not page.truncated:
                return removed
            asked = Asked(after=page.after, after_version=page.after_version, versions=True)

    async def _latest(self, bucket: Bucket, entry: Entry, rules: Sequence[Mapping[str, Any]]) -> int:
        now = self._clock.now()
        matching = [rule.get("Expiration", {}) for rule in rules if _matches(rule, entry)]
        if entry.marker:
            if not any(expiration.get("ExpiredObjectDeleteMarker") for expiration in matching):
                return 0
            first = (await self._objects.list(bucket.name, Asked(prefix=entry.key, most=2, versions=True))).entries
            alone = sum(each.key == entry.key for each in first) == 1
            return await self._remove(entry) if alone else 0
        if not any(_is_due(expiration, entry.modified_at, now) for expiration in matching):
            return 0
        if "versioning" not in bucket.settings:
            return await self._remove(entry)
        version = NULL_VERSION
        if bucket.settings["versioning"] == "Enabled":
            version = base64.urlsafe_b64encode(self._dice.token(_VERSION_BYTES)).decode().replace("-", ".")
        mark = Entry(entry.bucket, entry.key, now, version=version, marker=True)
        try:
            await self._objects.put(mark, None, _still(entry))
        except ConflictError:
            return 0
        return 1

    def _noncurrent(self, entry: Entry, newer: Entry, behind: int, rules: Sequence[Mapping[str, Any]]) -> bool:
        for rule in rules:
            action = rule.get("NoncurrentVersionExpiration")
            if action and _matches(rule, entry):
                age = self._clock.now() - newer.modified_at
                if age >= action.get("NoncurrentDays", 1) * _DAY_SECONDS and behind > action.get(
                    "NewerNoncurrentVersions", 0
                ):
                    return True
        return False

    async def _remove(self, entry: Entry) -> int:
        now = self._clock.now()

        def guard(found: Entry) -> None:
            lock = found.facts.get("lock")
            if found.facts.get("hold") == "ON" or (lock is not None and lock["until"] > now):
                raise _LOCKED
            if found.modified_at != entry.modified_at:
                raise ConflictError("written again")

        try:
            return int(await self._objects.remove(entry.bucket, entry.key, entry.version, guard) is not None)
        except ConflictError:
            return 0

    async def _uploads_due(self, bucket: Bucket, rules: Sequence[Mapping[str, Any]]) -> int:
        removed, after = 0, ("", "")
        while page := await self._uploads.list(bucket.name, after=after):
            for upload in page:
                days = [
                    rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
                    for rule in rules
                    if rule.get("AbortIncompleteMultipartUpload") and upload.key.startswith(_prefix(rule))
                ]
                if days and self._clock.now() - upload.begun_at >= min(days) * _DAY_SECONDS:
                    removed += int(await self._uploads.abort(upload.id))
            after = (page[-1].key, page[-1].id)
        return removed


def _still(entry: Entry) -> Callable[[Entry | None], None]:
    def guard(found: Entry | None) -> None:
        if found is None or found.version != entry.version or found.modified_at != entry.modified_at:
            raise ConflictError("written again")

    return guard


def _conditions(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = rule.get("Filter", {})
    joined: Mapping[str, Any] = found.get("And", found)
    return joined


def _prefix(rule: Mapping[str, Any]) -> str:
    return str(_conditions(rule).get("Prefix") or "")


def _matches(rule: Mapping[str, Any], entry: Entry) -> bool:
    """Whether a rule is for this object: key, tags and size."""
    found = _conditions(rule)
    tags: Iterable[Mapping[str, str]] = found.get("Tags") or ([found["Tag"]] if found.get("Tag") else [])
    has = entry.facts.get("tags", {})
    return (
        entry.key.startswith(_prefix(rule))
        and all(has.get(tag["Key"]) == tag["Value"] for tag in tags)
        and entry.size_bytes > found.get("ObjectSizeGreaterThan", -1)
        and (found.get("ObjectSizeLessThan") is None or entry.size_bytes < found["ObjectSizeLessThan"])
    )


def _is_due(expiration: Mapping[str, Any], modified_at: float, now: float) -> bool:
    if "Date" in expiration:
        return bool(now >= expiration["Date"])
    if "Days" not in expiration:
        return False
    # As S3 counts: the days after the write, on to the next midnight UTC.
    due: float = modified_at + expiration["Days"] * _DAY_SECONDS
    return now >= due + (-due % _DAY_SECONDS)
