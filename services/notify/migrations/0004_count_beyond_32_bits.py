"""Count beyond two thousand million messages, and sweep the tables they pass through early.

SQLite does both already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTERS = {
    "outbox": ("id", "sequence", "producer_seq"),
    "producer": ("last_seq",),
}
SWEPT = (
    "autovacuum_vacuum_scale_factor = 0.01, "
    "autovacuum_vacuum_insert_scale_factor = 0.05, "
    "autovacuum_analyze_scale_factor = 0.02"
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in COUNTERS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.BigInteger())
    op.execute("ALTER SEQUENCE outbox_id_seq AS bigint")
    for table in ("outbox", "handed", "inbox"):
        op.execute(f"ALTER TABLE {table} SET ({SWEPT})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("outbox", "handed", "inbox"):
        op.execute(
            f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"
        )
    op.execute("ALTER SEQUENCE outbox_id_seq AS integer")
    for table, columns in COUNTERS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.Integer())
