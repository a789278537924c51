"""The tables of logs and metrics."""

from __future__ import annotations

from alembic import op

from usina.stores.logs import tables as logs
from usina.stores.metrics import tables as metrics

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table("log_groups", *logs.group_columns())
    op.create_table("log_streams", *logs.stream_columns())
    op.create_index("log_streams_name", "log_streams", ["account", "log_group", "name"], unique=True)
    op.create_index("log_streams_last", "log_streams", ["account", "log_group", "last_ms", "name"])
    op.create_index("log_streams_open", "log_streams", ["open"])
    op.create_table("log_segments", *logs.segment_columns())
    op.create_table("log_dropped", *logs.dropped_columns())
    op.create_table("metric_series", *metrics.series_columns())
    op.create_index("metric_series_name", "metric_series", ["account", "namespace", "name", "dimensions", "unit"])
    op.create_table("metric_points", *metrics.point_columns(), sqlite_with_rowid=False)
    op.create_table("metric_bins", *metrics.bin_columns(), sqlite_with_rowid=False)


def downgrade() -> None:
    """Drop them, with all they hold."""
    for name in ("metric_bins", "metric_points", "metric_series"):
        op.drop_table(name)
    for name in ("log_dropped", "log_segments", "log_streams", "log_groups"):
        op.drop_table(name)
