"""Keep which referral a request goes on from, and find those that went on from one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FILLED = sa.text("onward_of IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("request_copy", schema=None) as batch_op:
        batch_op.add_column(sa.Column("onward_of", sa.Uuid(), nullable=True))
        batch_op.create_index(
            "request_onward_of",
            ["onward_of"],
            unique=False,
            sqlite_where=FILLED,
            postgresql_where=FILLED,
        )


def downgrade() -> None:
    with op.batch_alter_table("request_copy", schema=None) as batch_op:
        batch_op.drop_index("request_onward_of", sqlite_where=FILLED, postgresql_where=FILLED)
        batch_op.drop_column("onward_of")
