"""The tables of buckets, objects and uploads."""

from __future__ import annotations

from alembic import op

from usina.stores.schema import (
    blob_columns,
    bucket_columns,
    dropped_columns,
    object_columns,
    part_columns,
    upload_columns,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("s3_buckets", *bucket_columns())
    op.create_table("s3_objects", *object_columns())
    op.create_index("s3_objects_shown", "s3_objects", ["bucket", "shown", "key"])
    op.create_table("s3_uploads", *upload_columns())
    op.create_index("s3_uploads_key", "s3_uploads", ["bucket", "key", "id"])
    op.create_table("s3_parts", *part_columns())
    op.create_table("s3_blobs", *blob_columns())
    op.create_table("s3_dropped", *dropped_columns())


def downgrade() -> None:
    """Drop them, with all they hold."""
    for name in ("s3_dropped", "s3_blobs", "s3_parts", "s3_uploads", "s3_objects", "s3_buckets"):
        op.drop_table(name)
