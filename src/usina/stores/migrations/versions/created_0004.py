"""The index of rows by when they were created."""

from __future__ import annotations

from alembic import op

from usina.stores.created import INDEX, make_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.execute(make_index(op.get_bind().dialect.name))


def downgrade() -> None:
    """Drop it."""
    op.drop_index(INDEX, "rows")
