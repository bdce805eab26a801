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

BEFORE = "0"  # the number of all that was told before it was counted


def upgrade() -> None:
    _standing()
    for table in ("account", "agency", "client"):
        _counted(table)
    with op.batch_alter_table("client") as batch:
        batch.add_column(
            sa.Column("believed", sa.Boolean(), nullable=False, server_default=sa.true())
        )
    op.execute(
        "UPDATE client SET believed = false WHERE revoked_at IS NOT NULL "
        "OR agency_id IN (SELECT id FROM agency WHERE NOT active)"
    )


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


def _counted(table: str, *without: str) -> None:
    with op.batch_alter_table(table) as batch:
        batch.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default=BEFORE))
        for column in without:
            batch.drop_column(column)
