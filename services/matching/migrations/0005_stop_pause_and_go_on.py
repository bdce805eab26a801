"""Know on which basis a referral stands, and by when a stop is settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "basis",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "source_id", "part"),
    )
    op.create_table(
        "request_news",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ended_by", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased", sa.Boolean(), nullable=False),
        sa.Column("amended", sa.Integer(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("question_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("settle_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("late_rung", sa.Integer(), nullable=True))
        batch_op.create_index("referral_of_request", ["request_id"], unique=False)

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("led_to", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_column("code_at")

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_column("due_at")
        batch_op.drop_column("led_to")

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index("referral_of_request")
        batch_op.drop_column("late_rung")
        batch_op.drop_column("acknowledged_at")
        batch_op.drop_column("settle_by")
        batch_op.drop_column("halted_at")
        batch_op.drop_column("question_by")
        batch_op.drop_column("asked_at")

    op.drop_table("request_news")
    op.drop_table("basis")
