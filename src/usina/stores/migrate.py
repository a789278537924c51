"""Brings a database to the schema of this release, once, under one transaction. Imports Alembic: not at each start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection


def script_config() -> Config:
    """Alembic's settings, without an ini file: the migrations are inside this package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def head_revision() -> str:
    """The newest revision this release knows."""
    head = ScriptDirectory.from_config(script_config()).get_current_head()
    if head is None:  # pragma: no cover - the migrations are part of the package
        msg = "no migrations are packaged"
        raise RuntimeError(msg)
    return head


def migrate(url: URL, wait_seconds: float) -> None:
    """Upgrade to the newest schema. A second process that starts meanwhile waits, and then finds nothing to do."""
    engine = sa.create_engine(url, connect_args={"timeout": wait_seconds} if url.get_backend_name() == "sqlite" else {})
    if url.get_backend_name() == "sqlite":
        # The driver's own transactions leave DDL out; ours start at once and as writers.
        sa.event.listen(engine, "connect", lambda raw, _record: setattr(raw, "isolation_level", None))
        sa.event.listen(engine, "begin", _begin_immediate)
    try:
        with engine.begin() as connection:
            config = script_config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
