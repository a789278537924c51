"""Book, judge and port of one front door, made together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.sovereignty.iam.book import Book
from usina.sovereignty.iam.judge import Judge
from usina.sovereignty.iam.site import SiteIam

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from usina.core.clock import Clock
    from usina.core.kms import Kms
    from usina.core.objects import Buckets
    from usina.core.operation import Operation, Resource
    from usina.core.ports import Records, Site
    from usina.sovereignty.policy import Policy


@dataclass(frozen=True, slots=True)
class Iam:
    """`judge` decides requests, `port` is for handlers."""

    judge: Judge
    port: SiteIam


def own_policies(buckets: Buckets, kms: Kms | None) -> Callable[[Resource], str]:
    """From a bucket, object or KMS key to the policy of bucket or key, as JSON; "" where it has none. From memory."""

    def document(resource: Resource) -> str:
        if resource.type == "KmsKey":
            key = None if kms is None else kms.find(resource.account, resource.id)
            return "" if key is None else str(key.body.get("policy", ""))
        name = resource.attributes.get("bucket") or resource.id.rpartition(":")[2]
        found = buckets.find(str(name))
        return "" if found is None else str(found.settings.get("policy", ""))

    return document


async def open_iam(
    records: Records,
    policy: Policy,
    operations: Mapping[tuple[str, str], Operation],
    clock: Clock,
    site: Site,
    *,
    buckets: Buckets | None = None,
    kms: Kms | None = None,
) -> Iam:
    """All accounts' users, roles and policies, read from their rows; with `buckets` and `kms`, theirs count too."""
    book = Book(records)
    await book.load()
    judge = Judge(policy, book, clock, site, own_policies(buckets, kms) if buckets is not None else None)
    return Iam(judge, SiteIam(book, judge, operations, clock, site))
