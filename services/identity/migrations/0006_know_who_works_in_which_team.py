"""Know who works in which team, and which teams there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teams", sa.JSON(), nullable=True))

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teams", sa.JSON(), nullable=True))

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teams", sa.JSON(), nullable=True))

    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_agency_id"), ["agency_id"], unique=False)


def downgrade() -> None:
    op.drop_table("team")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_column("teams")

    with op.batch_alter_table("client", schema=None) as batch_op:
        batch_op.drop_column("teams")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("teams")
