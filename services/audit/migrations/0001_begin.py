"""The tables audit begins with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = (
    "CREATE TRIGGER checkpoint_only_grows BEFORE INSERT ON checkpoint WHEN NEW.tree_size <= (SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint) BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER checkpoint_refuses_delete BEFORE DELETE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER checkpoint_refuses_update BEFORE UPDATE ON checkpoint BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER entry_only_grows BEFORE INSERT ON entry WHEN NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM entry) OR EXISTS (SELECT 1 FROM entry WHERE event_id = NEW.event_id) BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER node_only_grows BEFORE INSERT ON node WHEN EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND idx = NEW.idx) BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER node_refuses_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
    "CREATE TRIGGER node_refuses_update BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'the audit log cannot be changed'); END",
)


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id"),
    )
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fact", sa.String(length=200), nullable=False),
        sa.Column("anchor", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "called",
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("reference"),
    )
    with op.batch_alter_table("called", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_called_request_id"), ["request_id"], unique=False)

    op.create_table(
        "checkpoint",
        sa.Column("tree_size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tree_size"),
    )
    op.create_table(
        "entry",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.String(length=80), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("about_agency_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("length(leaf) BETWEEN 1 AND 65535", name="leaf_fits_a_tile"),
        sa.CheckConstraint("length(leaf_hash) = 32", name="leaf_hash_is_whole"),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("event_id"),
    )
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.create_index(
            "entry_by_about_agency_id",
            ["about_agency_id"],
            unique=False,
            sqlite_where=sa.text("about_agency_id IS NOT NULL"),
            postgresql_where=sa.text("about_agency_id IS NOT NULL"),
        )
        batch_op.create_index(
            "entry_by_actor_id",
            ["actor_id"],
            unique=False,
            sqlite_where=sa.text("actor_id IS NOT NULL"),
            postgresql_where=sa.text("actor_id IS NOT NULL"),
        )
        batch_op.create_index(
            "entry_by_agency_id",
            ["agency_id"],
            unique=False,
            sqlite_where=sa.text("agency_id IS NOT NULL"),
            postgresql_where=sa.text("agency_id IS NOT NULL"),
        )
        batch_op.create_index(
            "entry_by_consent_id",
            ["consent_id"],
            unique=False,
            sqlite_where=sa.text("consent_id IS NOT NULL"),
            postgresql_where=sa.text("consent_id IS NOT NULL"),
        )
        batch_op.create_index(
            "entry_by_referral_id",
            ["referral_id"],
            unique=False,
            sqlite_where=sa.text("referral_id IS NOT NULL"),
            postgresql_where=sa.text("referral_id IS NOT NULL"),
        )
        batch_op.create_index(
            "entry_by_request_id",
            ["request_id"],
            unique=False,
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )
        batch_op.create_index("entry_by_type", ["type", "seq"], unique=False)

    op.create_table(
        "followed",
        sa.Column("producer", sa.String(length=20), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("this", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("producer"),
    )
    op.create_table(
        "handed",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("subscriber", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parked_reason", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("message_id", "subscriber"),
    )
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consumer", "message_id"),
    )
    op.create_table(
        "inbox_failure",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
    )
    op.create_table(
        "node",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("producer_seq", sa.Integer(), nullable=True),
        sa.Column("producer_prev", sa.String(length=64), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id"),
        sa.UniqueConstraint("producer_seq"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "outbox_unpublished",
            ["id"],
            unique=False,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.create_table(
        "producer",
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("epoch"),
    )
    op.create_table(
        "revoked_client",
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "staff_session",
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id_hash"),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_session_session_id"), ["session_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_staff_session_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "waiting",
        sa.Column("producer", sa.String(length=20), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("producer", "epoch", "seq"),
    )

    if op.get_bind().dialect.name == "sqlite":
        for guard in GUARDS:
            op.execute(guard)


def downgrade() -> None:
    op.drop_table("waiting")
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_session_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_session_session_id"))

    op.drop_table("staff_session")
    op.drop_table("staff")
    op.drop_table("revoked_client")
    op.drop_table("producer")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "outbox_unpublished",
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.drop_table("outbox")
    op.drop_table("node")
    op.drop_table("inbox_failure")
    op.drop_table("inbox")
    op.drop_table("handed")
    op.drop_table("followed")
    with op.batch_alter_table("entry", schema=None) as batch_op:
        batch_op.drop_index("entry_by_type")
        batch_op.drop_index(
            "entry_by_request_id",
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "entry_by_referral_id",
            sqlite_where=sa.text("referral_id IS NOT NULL"),
            postgresql_where=sa.text("referral_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "entry_by_consent_id",
            sqlite_where=sa.text("consent_id IS NOT NULL"),
            postgresql_where=sa.text("consent_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "entry_by_agency_id",
            sqlite_where=sa.text("agency_id IS NOT NULL"),
            postgresql_where=sa.text("agency_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "entry_by_actor_id",
            sqlite_where=sa.text("actor_id IS NOT NULL"),
            postgresql_where=sa.text("actor_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "entry_by_about_agency_id",
            sqlite_where=sa.text("about_agency_id IS NOT NULL"),
            postgresql_where=sa.text("about_agency_id IS NOT NULL"),
        )

    op.drop_table("entry")
    op.drop_table("checkpoint")
    with op.batch_alter_table("called", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_called_request_id"))

    op.drop_table("called")
    op.drop_table("alarms")
    op.drop_table("agency")
