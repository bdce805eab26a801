"""Count everything that is told of a record, and keep the newest by that count.

There is no way back: what was told meanwhile is known by its number alone.
"""

from __future__ import annotations

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BEFORE = "0"  # the number of all that was told before it was counted


def upgrade() -> None:
    _standing()
    for table in ("agency", "guide", "service_status"):
        _counted(table, "told_at")
    with op.batch_alter_table("request") as batch:
        batch.add_column(sa.Column("area_codes", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("geography_version", sa.String(length=60), nullable=True))
        batch.add_column(sa.Column("age", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("agreed_by_phone", sa.Boolean(), nullable=True))
    _remember_codes()


def _remember_codes() -> None:
    """Take the codes of earlier requests from what was told of them, while that is kept."""
    outbox = sa.table("outbox", sa.column("type"), sa.column("body", sa.LargeBinary))
    columns = {
        "area_codes": sa.JSON,
        "geography_version": sa.String,
        "age": sa.Integer,
        "agreed_by_phone": sa.Boolean,
    }
    kept = (sa.column(name, kind) for name, kind in columns.items())
    request = sa.table("request", sa.column("id", sa.Uuid), *kept)
    connection = op.get_bind()
    told = sa.select(outbox.c.body).where(outbox.c.type == "request.submitted.v1")
    for body in connection.execute(told).scalars().all():
        event = json.loads(body)
        codes = {name: event[name] for name in columns}
        this = request.c.id == uuid.UUID(event["request_id"])
        connection.execute(sa.update(request).where(this).values(codes))


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
