"""The one table of rows."""

from __future__ import annotations

from alembic import op

from usina.stores.schema import rows_columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table("rows", *rows_columns())


def downgrade() -> None:
    """Drop it, with all it holds."""
    op.drop_table("rows")
