"""Count everything that is told of a record, and keep the newest by that count.

There is no way back: what was told meanwhile is known by its number alone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _standing()
    op.execute("UPDATE staff SET version = 0")  # it held its announcer's count until now


def _standing() -> None:
    op.create_table(
        "client_standing",
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "staff_standing",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.execute(
        "INSERT INTO client_standing (client_id, revoked_at, version) "
        "SELECT client_id, at, 0 FROM revoked_client"
    )
    op.drop_table("revoked_client")
