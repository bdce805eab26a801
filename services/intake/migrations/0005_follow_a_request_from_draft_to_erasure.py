"""Follow a request from its draft to its erasure, and each consent through its life."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

GRANT = {
    "consent_id": sa.Uuid(),
    "purpose": sa.String(40),
    "recipient_agency_id": sa.Uuid(),
    "category": sa.String(40),
    "id": sa.Uuid(),
}


def upgrade() -> None:
    op.create_table(
        "case_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.String(length=80), nullable=False),
        sa.Column("author_kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("warned_days", sa.Integer(), nullable=False),
        sa.Column("sent_request_id", sa.Uuid(), nullable=True),
        sa.Column("of_request_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    with op.batch_alter_table("case_draft", schema=None) as batch_op:
        batch_op.create_index("case_draft_keep_until", ["keep_until"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_draft_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "colleague",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    with op.batch_alter_table("colleague", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_colleague_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "disposal",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("record_class", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    with op.batch_alter_table("disposal", schema=None) as batch_op:
        batch_op.create_index("disposal_open", ["state", "due_at"], unique=False)

    op.create_table(
        "disposal_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "duty_shift",
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "erasure",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("basis", sa.String(length=40), nullable=False),
        sa.Column("approver", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_erasure_certificate_id"), ["certificate_id"], unique=False
        )

    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("got_help", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index("feedback_of_request", ["request_id"], unique=False)

    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.String(length=80), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_legal_hold_request_id"), ["request_id"], unique=False)

    op.create_table(
        "outreach_count",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "month", "what"),
    )
    op.create_table(
        "outreach_job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("sealed_about", sa.LargeBinary(), nullable=False),
        sa.Column("encoding", sa.String(length=40), nullable=False),
        sa.Column("delimiter", sa.String(length=1), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("read_rows", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("unplaced", sa.Integer(), nullable=False),
        sa.Column("outside", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("blank", sa.Integer(), nullable=False),
        sa.Column("harmless", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_by", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("outreach_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outreach_job_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outreach_job_delete_by"), ["delete_by"], unique=False)
        batch_op.create_index("outreach_job_state", ["state"], unique=False)

    op.create_table(
        "outreach_patch",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", "area_code"),
    )
    op.create_table(
        "own_page",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "rights_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(length=80), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decision", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("rights_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rights_case_request_id"), ["request_id"], unique=False)
        batch_op.create_index("rights_case_open", ["state", "due_at"], unique=False)

    op.create_table(
        "shredding",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("keys", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "service"),
    )
    op.create_table(
        "wording",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("first_shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256"),
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("ward_code", sa.String(length=12), nullable=True),
        sa.Column("likeness", sa.LargeBinary(length=16), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_told", sa.LargeBinary(), nullable=True),
        sa.Column("worker_one", sa.Uuid(), nullable=True),
        sa.Column("worker_two", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_result", sa.String(length=40), nullable=True),
        sa.Column("token", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delete_by", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["outreach_job.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_delete_by"), ["delete_by"], unique=False)
        batch_op.create_index("lead_likeness", ["job_id", "likeness"], unique=False)
        batch_op.create_index("lead_of_job", ["job_id", "line"], unique=False)
        batch_op.create_index("lead_worker_one", ["worker_one"], unique=False)
        batch_op.create_index("lead_worker_two", ["worker_two"], unique=False)

    op.create_table(
        "outreach_line",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["outreach_job.id"]),
        sa.PrimaryKeyConstraint("job_id", "line"),
    )
    op.create_table(
        "outreach_piece",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["outreach_job.id"]),
        sa.PrimaryKeyConstraint("job_id", "place"),
    )
    op.create_table(
        "flag",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("sealed_comment", sa.LargeBinary(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by_kind", sa.String(length=40), nullable=False),
        sa.Column("raised_by", sa.String(length=80), nullable=True),
        sa.Column("raised_by_agency_id", sa.Uuid(), nullable=True),
        sa.Column("duty_agency_id", sa.Uuid(), nullable=False),
        sa.Column("fallback_agency_id", sa.Uuid(), nullable=True),
        sa.Column("look_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.create_index("flag_unopened", ["opened_at", "look_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_flag_request_id"), ["request_id"], unique=False)

    op.create_table(
        "hidden_from",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "kind", "id"),
    )
    op.create_table(
        "lead_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=False),
        sa.Column("visited_by", sa.String(length=80), nullable=True),
        sa.Column("sealed_note", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("lead_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lead_visit_lead_id"), ["lead_id"], unique=False)

    op.create_table(
        "override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("why_no_consent", sa.String(length=40), nullable=False),
        sa.Column("person_told", sa.Boolean(), nullable=False),
        sa.Column("why_not_told", sa.String(length=40), nullable=True),
        sa.Column("sealed_rationale", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=80), nullable=False),
        sa.Column("recorded_by_agency_id", sa.Uuid(), nullable=False),
        sa.Column("review_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reviewed_by", sa.String(length=80), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_override_recorded_by_agency_id"), ["recorded_by_agency_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_override_request_id"), ["request_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_override_state"), ["state"], unique=False)

    op.create_table(
        "request_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("transition", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.String(length=80), nullable=True),
        sa.Column("by_agency_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("request_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_request_change_request_id"), ["request_id"], unique=False
        )

    op.create_table(
        "request_hold",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_kind", sa.String(length=40), nullable=False),
        sa.Column("by_id", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "kind"),
    )
    op.create_table(
        "sameness",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("digest_even", sa.LargeBinary(length=16), nullable=True),
        sa.Column("digest_odd", sa.LargeBinary(length=16), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"]),
        sa.PrimaryKeyConstraint("request_id", "place"),
    )
    with op.batch_alter_table("sameness", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sameness_digest_even"), ["digest_even"], unique=False)
        batch_op.create_index(batch_op.f("ix_sameness_digest_odd"), ["digest_odd"], unique=False)

    op.create_table(
        "capacity_assessment",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("review_due", sa.Date(), nullable=True),
        sa.Column("sealed_notes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_table(
        "child_competence",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("rationale", sa.String(length=60), nullable=False),
        sa.Column("parent_informed", sa.Boolean(), nullable=False),
        sa.Column("sealed_notes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_table(
        "consent_asked",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_agency_id", sa.Uuid(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.PrimaryKeyConstraint("consent_id", "recipient_agency_id"),
    )
    op.create_table(
        "consent_ending",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("recipient_agency_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("next_look", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.PrimaryKeyConstraint("consent_id", "sequence", "recipient_agency_id"),
    )
    with op.batch_alter_table("consent_ending", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_ending_next_look"), ["next_look"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_consent_ending_request_id"), ["request_id"], unique=False
        )

    op.create_table(
        "consent_wording",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("pages_sha256", sa.String(length=64), nullable=False),
        sa.Column("consent_sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.ForeignKeyConstraint(["consent_sha256"], ["wording.sha256"]),
        sa.ForeignKeyConstraint(["pages_sha256"], ["wording.sha256"]),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    op.create_table(
        "override_grant",
        sa.Column("override_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("recipient_agency_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["override_id"], ["override.id"]),
        sa.PrimaryKeyConstraint("override_id", "purpose", "recipient_agency_id", "category"),
    )
    with op.batch_alter_table("override_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_override_grant_recipient_agency_id"),
            ["recipient_agency_id"],
            unique=False,
        )

    op.create_table(
        "override_release",
        sa.Column("override_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["override_id"], ["override.id"]),
        sa.PrimaryKeyConstraint("override_id", "agency_id", "category"),
    )
    op.create_table(
        "proxy_authority",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("sealed_notes", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["consent_id"], ["consent_record.id"]),
        sa.PrimaryKeyConstraint("consent_id"),
    )
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("change", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("valid_until", sa.Date(), nullable=True))

    with op.batch_alter_table("consent_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.add_column(sa.Column("capable_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("referral_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("sealed_witness", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("confirm_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("confirmed_how", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("overdue_rung", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("next_look", sa.DateTime(timezone=True), nullable=True))
        batch_op.alter_column("method", existing_type=sa.VARCHAR(length=40), nullable=True)
        batch_op.alter_column("given_by", existing_type=sa.VARCHAR(length=40), nullable=True)
        batch_op.alter_column("valid_until", existing_type=sa.DATE(), nullable=True)
        batch_op.create_index(
            batch_op.f("ix_consent_record_next_look"), ["next_look"], unique=False
        )

    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_hash", sa.LargeBinary(), nullable=True))
        batch_op.create_index("draft_code_hash", ["code_hash"], unique=True)

    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("role", sa.String(length=80), nullable=True))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sealed_household", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("referral_step", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("needs", sa.JSON(), nullable=True))

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.add_column(sa.Column("submitted_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("sealed_speaker", sa.LargeBinary(), nullable=True))

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.add_column(sa.Column("before_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("shown_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("key", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("sealed_code", sa.LargeBinary(), nullable=True))
    _name_what_was_there()
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.alter_column("change", existing_type=sa.String(length=40), nullable=False)
    with op.batch_alter_table("consent_grant", schema=None) as batch_op:
        batch_op.alter_column("id", existing_type=sa.Uuid(), nullable=False)


def _name_what_was_there() -> None:
    """Until now a consent was only ever given, by people who could decide for themselves."""
    op.execute("UPDATE consent_event SET change = 'C2'")
    op.execute(
        "UPDATE consent_record SET "
        "capable_by = CASE WHEN given_by = 'self' THEN 'presumed' ELSE given_by END"
    )
    look = sa.table("consent_record", sa.column("next_look", sa.DateTime(timezone=True)))
    op.execute(sa.update(look).values(next_look=datetime.now(UTC)))
    grant = sa.table("consent_grant", *(sa.column(name, kind) for name, kind in GRANT.items()))
    key = [grant.c[name] for name in GRANT if name != "id"]
    connection = op.get_bind()
    for row in connection.execute(sa.select(*key)).all():
        same = [column == value for column, value in zip(key, row, strict=True)]
        connection.execute(sa.update(grant).where(*same).values(id=uuid.uuid4()))


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_column("sealed_code")
        batch_op.drop_column("key")
        batch_op.drop_column("shown_at")
        batch_op.drop_column("before_at")

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_column("code_at")

    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_column("sealed_speaker")
        batch_op.drop_column("submitted_by")

    with op.batch_alter_table("referral_step", schema=None) as batch_op:
        batch_op.drop_column("needs")
        batch_op.drop_column("starts_on")
        batch_op.drop_column("answer_by")

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_column("sealed_household")

    with op.batch_alter_table("opening", schema=None) as batch_op:
        batch_op.drop_column("role")
        batch_op.drop_column("purpose")

    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index("draft_code_hash")
        batch_op.drop_column("code_hash")

    with op.batch_alter_table("consent_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_record_next_look"))
        batch_op.alter_column("valid_until", existing_type=sa.DATE(), nullable=False)
        batch_op.alter_column("given_by", existing_type=sa.VARCHAR(length=40), nullable=False)
        batch_op.alter_column("method", existing_type=sa.VARCHAR(length=40), nullable=False)
        batch_op.drop_column("next_look")
        batch_op.drop_column("overdue_rung")
        batch_op.drop_column("confirmed_how")
        batch_op.drop_column("confirmed_at")
        batch_op.drop_column("confirm_by")
        batch_op.drop_column("sealed_witness")
        batch_op.drop_column("referral_id")
        batch_op.drop_column("capable_by")

    with op.batch_alter_table("consent_grant", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
        batch_op.drop_column("id")

    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.drop_column("valid_until")
        batch_op.drop_column("change")

    op.drop_table("proxy_authority")
    op.drop_table("override_release")
    with op.batch_alter_table("override_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_override_grant_recipient_agency_id"))

    op.drop_table("override_grant")
    op.drop_table("consent_wording")
    with op.batch_alter_table("consent_ending", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_ending_request_id"))
        batch_op.drop_index(batch_op.f("ix_consent_ending_next_look"))

    op.drop_table("consent_ending")
    op.drop_table("consent_asked")
    op.drop_table("child_competence")
    op.drop_table("capacity_assessment")
    with op.batch_alter_table("sameness", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sameness_digest_odd"))
        batch_op.drop_index(batch_op.f("ix_sameness_digest_even"))

    op.drop_table("sameness")
    op.drop_table("request_hold")
    with op.batch_alter_table("request_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_request_change_request_id"))

    op.drop_table("request_change")
    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_override_state"))
        batch_op.drop_index(batch_op.f("ix_override_request_id"))
        batch_op.drop_index(batch_op.f("ix_override_recorded_by_agency_id"))

    op.drop_table("override")
    with op.batch_alter_table("lead_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lead_visit_lead_id"))

    op.drop_table("lead_visit")
    op.drop_table("hidden_from")
    with op.batch_alter_table("flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flag_request_id"))
        batch_op.drop_index("flag_unopened")

    op.drop_table("flag")
    op.drop_table("outreach_piece")
    op.drop_table("outreach_line")
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.drop_index("lead_worker_two")
        batch_op.drop_index("lead_worker_one")
        batch_op.drop_index("lead_of_job")
        batch_op.drop_index("lead_likeness")
        batch_op.drop_index(batch_op.f("ix_lead_delete_by"))

    op.drop_table("lead")
    op.drop_table("wording")
    op.drop_table("shredding")
    with op.batch_alter_table("rights_case", schema=None) as batch_op:
        batch_op.drop_index("rights_case_open")
        batch_op.drop_index(batch_op.f("ix_rights_case_request_id"))

    op.drop_table("rights_case")
    op.drop_table("own_page")
    op.drop_table("outreach_patch")
    with op.batch_alter_table("outreach_job", schema=None) as batch_op:
        batch_op.drop_index("outreach_job_state")
        batch_op.drop_index(batch_op.f("ix_outreach_job_delete_by"))
        batch_op.drop_index(batch_op.f("ix_outreach_job_agency_id"))

    op.drop_table("outreach_job")
    op.drop_table("outreach_count")
    with op.batch_alter_table("legal_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_legal_hold_request_id"))

    op.drop_table("legal_hold")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index("feedback_of_request")

    op.drop_table("feedback")
    with op.batch_alter_table("erasure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_erasure_certificate_id"))

    op.drop_table("erasure")
    op.drop_table("duty_shift")
    op.drop_table("disposal_certificate")
    with op.batch_alter_table("disposal", schema=None) as batch_op:
        batch_op.drop_index("disposal_open")

    op.drop_table("disposal")
    with op.batch_alter_table("colleague", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_colleague_agency_id"))

    op.drop_table("colleague")
    with op.batch_alter_table("case_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_draft_agency_id"))
        batch_op.drop_index("case_draft_keep_until")

    op.drop_table("case_draft")
