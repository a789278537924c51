"""Run by Alembic for each migration; the connection and its transaction come from `usina.stores.migrate`."""

from __future__ import annotations

from alembic import context

from usina.stores.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # the caller's transaction holds all of it: a crash half way leaves the old schema
)
context.run_migrations()
