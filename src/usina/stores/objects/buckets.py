"""The `Buckets` port over the database, with a snapshot in memory of all there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from usina.core.errors import ConflictError, NotFoundError
from usina.core.objects import Bucket
from usina.stores.objects.entries import check_bucket
from usina.stores.schema import BUCKETS, OBJECTS, UPLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from sqlalchemy import Connection

    from usina.stores.objects.base import Base


class SqlBuckets:
    """The `Buckets` port. One process writes it: the snapshot is what that process knows."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._found: dict[str, Bucket] = {}

    async def load(self) -> None:
        """Read the snapshot."""
        rows = await self._base.read(lambda connection: connection.execute(sa.select(BUCKETS)).all())
        self._found = {row.name: Bucket(row.name, row.account, row.created_at, row.settings) for row in rows}

    def find(self, name: str) -> Bucket | None:
        """The bucket of that name."""
        return self._found.get(name)

    def list(self, account: str) -> Sequence[Bucket]:
        """The buckets of an account."""
        return sorted((each for each in self._found.values() if each.account == account), key=lambda each: each.name)

    def all(self) -> Sequence[Bucket]:
        """The buckets of all accounts."""
        return [*self._found.values()]

    async def create(self, bucket: Bucket) -> None:
        """Make it. Raises: ConflictError."""

        def run(connection: Connection) -> tuple[None, list[str]]:
            taken = connection.execute(sa.select(BUCKETS.c.name).where(BUCKETS.c.name == bucket.name)).one_or_none()
            if taken is not None:
                raise ConflictError("The name is taken.")
            values = {"name": bucket.name, "account": bucket.account, "created_at": bucket.created_at}
            connection.execute(sa.insert(BUCKETS).values(**values, settings=dict(bucket.settings)))
            return None, []

        await self._base.change(run)
        self._found[bucket.name] = bucket

    async def change(self, name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
        """Give it other settings. Raises: NotFoundError, what `change` raises."""

        def run(connection: Connection) -> tuple[Bucket, list[str]]:
            row = connection.execute(sa.select(BUCKETS).where(BUCKETS.c.name == name)).one_or_none()
            if row is None:
                raise NotFoundError("The specified bucket does not exist", code="NoSuchBucket")
            settings = dict(change(row.settings))
            connection.execute(sa.update(BUCKETS).where(BUCKETS.c.name == name).values(settings=settings))
            return Bucket(row.name, row.account, row.created_at, settings), []

        self._found[name] = await self._base.change(run)

    async def remove(self, name: str) -> None:
        """Take it away. Raises: NotFoundError, ConflictError."""
        from usina.stores.schema import BUCKETS

        def run(connection: Connection) -> tuple[None, list[str]]:
            check_bucket(connection, name)
            for table in (OBJECTS, UPLOADS):
                query = sa.select(table.c.bucket).where(table.c.bucket == name).limit(1)
                if connection.execute(query).one_or_none() is not None:
                    raise ConflictError("The bucket you tried to delete is not empty", code="BucketNotEmpty")
            connection.execute(sa.delete(BUCKETS).where(BUCKETS.c.name == name))
            return None, []

        await self._base.change(run)
        self._found.pop(name, None)
