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
    _counted("request_copy")
    _counted("staff", "as_of", "sequence")
    with op.batch_alter_table("service") as batch:
        batch.add_column(sa.Column("told", sa.Integer(), nullable=False, server_default=BEFORE))
    op.execute(  # both counted for themselves until now
        "UPDATE service SET told = (SELECT CASE WHEN capacity.version > service.version "
        "THEN capacity.version ELSE service.version END "
        "FROM capacity WHERE capacity.service_id = service.id)"
    )
    op.create_table(
        "placed",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.execute("INSERT INTO placed (request_id, at) SELECT id, heard_at FROM request_copy")


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
