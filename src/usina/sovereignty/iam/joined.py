"""Book, judge and port of one front door, made together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from usina.sovereignty.iam.book import Book
from usina.sovereignty.iam.judge import Judge
from usina.sovereignty.iam.site import SiteIam

if TYPE_CHECKING:
    from collections.abc import Mapping

    from usina.core.clock import Clock
    from usina.core.operation import Operation
    from usina.core.ports import Records, Site
    from usina.sovereignty.policy import Policy


@dataclass(frozen=True, slots=True)
class Iam:
    """`judge` decides requests, `port` is for handlers."""

    judge: Judge
    port: SiteIam


async def open_iam(
    records: Records,
    policy: Policy,
    operations: Mapping[tuple[str, str], Operation],
    clock: Clock,
    site: Site,
) -> Iam:
    """All accounts' users, roles and policies, read from their rows."""
    book = Book(records)
    await book.load()
    judge = Judge(policy, book, clock, site)
    return Iam(judge, SiteIam(book, judge, operations, clock, site))
