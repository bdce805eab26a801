"""Keep when an arrival is confirmed, agreements, the nation, and what a wait says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "agreement_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("parties", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "partnership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nation", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("referral_step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("occasional_support", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("alternatives", sa.JSON(), nullable=True))

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledge_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("acknowledge_look_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.create_index(
            batch_op.f("ix_request_acknowledge_look_at"), ["acknowledge_look_at"], unique=False
        )

    with op.batch_alter_table("service_status", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_until", sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("service_status", schema=None) as batch_op:
        batch_op.drop_column("closed_until")

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_acknowledge_look_at"))
        batch_op.drop_column("acknowledge_look_at")
        batch_op.drop_column("acknowledge_by")

    with op.batch_alter_table("referral_step", schema=None) as batch_op:
        batch_op.drop_column("alternatives")
        batch_op.drop_column("occasional_support")
        batch_op.drop_column("until")

    op.drop_table("partnership")
    op.drop_table("agreement_copy")
    op.drop_table("acknowledgement")
