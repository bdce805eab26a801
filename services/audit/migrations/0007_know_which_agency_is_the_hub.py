"""Know which agency is the hub, as the log itself was told."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

AGENCY = sa.table(
    "agency",
    sa.column("agency_id", sa.Uuid()),
    sa.column("version", sa.Integer()),
    sa.column("is_hub", sa.Boolean()),
)
ENTRY = sa.table(
    "entry",
    sa.column("seq", sa.BigInteger()),
    sa.column("type", sa.String()),
    sa.column("about_agency_id", sa.Uuid()),
    sa.column("leaf", sa.LargeBinary()),
)


def upgrade() -> None:
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_hub", sa.Boolean(), nullable=True))
    _read_the_log()


def _read_the_log() -> None:
    """Keep what was told with the name; an agency whose entry is not found stays unknown."""
    here = op.get_bind()
    told = sa.select(ENTRY).where(ENTRY.c.type == "agency.changed.v1").order_by(ENTRY.c.seq)
    for entry in here.execute(told).all():
        version, is_hub = _told(entry.leaf)
        row = (AGENCY.c.agency_id == entry.about_agency_id, AGENCY.c.version == version)
        here.execute(AGENCY.update().where(*row).values(is_hub=is_hub))


def _told(leaf: bytes) -> tuple[int | None, bool | None]:
    try:
        read = json.loads(leaf)
        said = read["data"]
        return read["object"].get("version"), said["kind"] == "hub" and said["active"] is True
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged: the console says so
        return None, None


def downgrade() -> None:
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_column("is_hub")
