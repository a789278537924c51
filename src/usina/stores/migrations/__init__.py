"""Alembic's home: how the schema of `usina.stores.records` came to be, one file per change."""
