"""Keep clocks, help, agreements, reviews and the desk, from a referral to its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OPEN = sa.text(
    "state IN ('accepted', 'active', 'cancel_requested', 'halted', 'info_requested', "
    "'on_hold', 'opened', 'sent', 'waiting')"
)
ASSIGNED = sa.text(f"{OPEN.text} AND assigned_to IS NOT NULL")
OVER = sa.text(
    "state IN ('cancelled', 'completed', 'declined', 'redirected', 'returned', 'withdrawn')"
)
UNSETTLED = sa.text(
    f"{OPEN.text} AND (state IN ('cancel_requested', 'info_requested') "
    "OR state IN ('halted') AND acknowledged_at IS NULL)"
)
URGENT = sa.text(f"{OPEN.text} AND urgency = 'urgent' AND state != 'halted'")


def upgrade() -> None:
    op.create_table(
        "agency_shared",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("shared", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("given", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("agency_id"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("as_agreed", sa.Boolean(), nullable=False),
        sa.Column("attended", sa.String(length=10), nullable=True),
        sa.Column("why_absent", sa.String(length=40), nullable=True),
        sa.Column("staff_id", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("contact_of_referral", ["referral_id", "id"], unique=False)

    op.create_table(
        "deal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "desk_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_kind", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.String(length=80), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("desk_decision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_desk_decision_line_id"), ["line_id"], unique=False)

    op.create_table(
        "desk_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("desk_line", schema=None) as batch_op:
        batch_op.create_index("desk_line_of_request", ["request_id"], unique=False)
        batch_op.create_index(
            "one_open_desk_line",
            ["object_id", "kind"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "done_once",
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("led_to", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key"),
    )
    with op.batch_alter_table("done_once", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_done_once_at"), ["at"], unique=False)

    op.create_table(
        "imported",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_key", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assured_on", sa.Date(), nullable=True),
        sa.Column("unassured_since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("service_id"),
    )
    with op.batch_alter_table("imported", schema=None) as batch_op:
        batch_op.create_index("imported_by_key", ["agency_id", "source_key"], unique=False)

    op.create_table(
        "outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("need", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=True),
        sa.Column("pounds_per_year", sa.Integer(), nullable=True),
        sa.Column("pounds_once", sa.Integer(), nullable=True),
        sa.Column("scale_before", sa.Integer(), nullable=True),
        sa.Column("scale_after", sa.Integer(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=True),
        sa.Column("onward_referral_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.create_index("outcome_of_referral", ["referral_id", "id"], unique=False)

    op.create_table(
        "partnership_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreements", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "restriction",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("request_id"),
    )
    op.create_table(
        "service_decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(length=10), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("plan_for_waiting", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("service_decision", schema=None) as batch_op:
        batch_op.create_index("decisions_of_service", ["service_id", "id"], unique=False)

    op.create_table(
        "service_own",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("own", sa.Text(), nullable=False),
        sa.Column("reviewed_on", sa.Date(), nullable=True),
        sa.Column("given", sa.String(length=64), nullable=True),
        sa.Column("given_state", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("service_id"),
    )
    op.create_table(
        "deal_party",
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("may_refer", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.Column("trial_limit", sa.Integer(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"],
            ["deal.id"],
        ),
        sa.PrimaryKeyConstraint("deal_id", "agency_id"),
    )
    with op.batch_alter_table("deal_party", schema=None) as batch_op:
        batch_op.create_index("deals_of_agency", ["agency_id"], unique=False)

    op.create_table(
        "panel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("deal_id", sa.Uuid(), nullable=False),
        sa.Column("convener_id", sa.Uuid(), nullable=False),
        sa.Column("meets_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["deal_id"],
            ["deal.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "panel_seat",
        sa.Column("panel_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["panel_id"],
            ["panel.id"],
        ),
        sa.PrimaryKeyConstraint("panel_id", "staff_id"),
    )
    op.create_table(
        "review_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("panel_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("meets_on", sa.Date(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["panel_id"],
            ["panel.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("review_case", schema=None) as batch_op:
        batch_op.create_index("cases_of_panel", ["panel_id", "open"], unique=False)
        batch_op.create_index("cases_of_request", ["request_id"], unique=False)
        batch_op.create_index(
            "one_open_case",
            ["panel_id", "request_id"],
            unique=True,
            sqlite_where=sa.text("open"),
            postgresql_where=sa.text("open"),
        )

    op.create_table(
        "case_action",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_action", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_action_case_id"), ["case_id"], unique=False)

    op.create_table(
        "case_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["review_case.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_note_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_note_request_id"), ["request_id"], unique=False)

    with op.batch_alter_table("capacity", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clocks", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("forecast_wait_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("changed", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_capacity_changed"), ["changed"], unique=False)
        batch_op.create_index(batch_op.f("ix_capacity_look_at"), ["look_at"], unique=False)

    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decision", sa.JSON(), nullable=True))

    with op.batch_alter_table("hidden_from", schema=None) as batch_op:
        batch_op.create_index("hidden_from_whom", ["staff_id", "request_id"], unique=False)

    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sending", sa.String(length=20), server_default="automatic", nullable=False)
        )

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decision", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("assigned_to", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("team", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("started_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("extended_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("occasional_support", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("first_contact_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("reopens", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("clocks", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("look_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("referral_of_service"))
        batch_op.create_index("referral_of_service", ["service_id", "state", "way"], unique=False)
        batch_op.create_index(
            "referral_assigned",
            ["agency_id", "assigned_to", "due_at", "id", "state"],
            unique=False,
            sqlite_where=ASSIGNED,
            postgresql_where=ASSIGNED,
        )
        batch_op.create_index("referral_called", ["reference"], unique=False)
        batch_op.create_index(
            "referral_open",
            ["agency_id", "due_at", "id", "state"],
            unique=False,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        )
        batch_op.create_index(
            "referral_over",
            ["agency_id", "id", "state", "sent_at"],
            unique=False,
            sqlite_where=OVER,
            postgresql_where=OVER,
        )
        batch_op.create_index(
            "referral_standing", ["agency_id", "state", "due_at", "id"], unique=False
        )
        batch_op.create_index("referral_to_look_at", ["look_at", "id"], unique=False)
        batch_op.create_index(
            "referral_unsettled",
            ["agency_id", "due_at", "id", "state", "acknowledged_at"],
            unique=False,
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        )
        batch_op.create_index(
            "referral_urgent",
            ["agency_id", "due_at", "id", "state", "urgency"],
            unique=False,
            sqlite_where=URGENT,
            postgresql_where=URGENT,
        )

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told", sa.JSON(), nullable=True))

    with op.batch_alter_table("request_copy", schema=None) as batch_op:
        batch_op.create_index("request_called", ["reference"], unique=False)
    for column in ("asked_at", "halted_at", "late_rung"):
        op.execute(f"ALTER TABLE referral DROP COLUMN {column}")
    # Whoever has no clocks yet gets them from its history, at the first look.
    op.execute(
        "UPDATE referral SET look_at = created_at WHERE sent_at IS NOT NULL AND ("
        f"{OPEN.text} OR state = 'completed')"
    )


def downgrade() -> None:
    with op.batch_alter_table("request_copy", schema=None) as batch_op:
        batch_op.drop_index("request_called")

    with op.batch_alter_table("referral_event", schema=None) as batch_op:
        batch_op.drop_column("told")

    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.add_column(sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("late_rung", sa.Integer(), nullable=True))
        batch_op.drop_index("referral_urgent")
        batch_op.drop_index("referral_unsettled")
        batch_op.drop_index("referral_to_look_at")
        batch_op.drop_index("referral_standing")
        batch_op.drop_index("referral_over")
        batch_op.drop_index("referral_open")
        batch_op.drop_index("referral_called")
        batch_op.drop_index("referral_assigned")
        batch_op.drop_index("referral_of_service")
        batch_op.create_index(
            batch_op.f("referral_of_service"), ["service_id", "state"], unique=False
        )
        batch_op.drop_column("look_at")
        batch_op.drop_column("clocks")
        batch_op.drop_column("due_at")
        batch_op.drop_column("reopens")
        batch_op.drop_column("first_contact_on")
        batch_op.drop_column("occasional_support")
        batch_op.drop_column("extended_until")
        batch_op.drop_column("started_on")
        batch_op.drop_column("team")
        batch_op.drop_column("assigned_to")
        batch_op.drop_column("decision")

    with op.batch_alter_table("partnership", schema=None) as batch_op:
        batch_op.drop_column("sending")

    with op.batch_alter_table("hidden_from", schema=None) as batch_op:
        batch_op.drop_index("hidden_from_whom")

    with op.batch_alter_table("gap", schema=None) as batch_op:
        batch_op.drop_column("decision")

    with op.batch_alter_table("capacity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_capacity_look_at"))
        batch_op.drop_index(batch_op.f("ix_capacity_changed"))
        batch_op.drop_column("changed")
        batch_op.drop_column("forecast_wait_days")
        batch_op.drop_column("look_at")
        batch_op.drop_column("clocks")

    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_note_request_id"))
        batch_op.drop_index(batch_op.f("ix_case_note_case_id"))

    op.drop_table("case_note")
    with op.batch_alter_table("case_action", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_action_case_id"))

    op.drop_table("case_action")
    with op.batch_alter_table("review_case", schema=None) as batch_op:
        batch_op.drop_index("one_open_case")
        batch_op.drop_index("cases_of_request")
        batch_op.drop_index("cases_of_panel")

    op.drop_table("review_case")
    op.drop_table("panel_seat")
    op.drop_table("panel")
    with op.batch_alter_table("deal_party", schema=None) as batch_op:
        batch_op.drop_index("deals_of_agency")

    op.drop_table("deal_party")
    op.drop_table("service_own")
    with op.batch_alter_table("service_decision", schema=None) as batch_op:
        batch_op.drop_index("decisions_of_service")

    op.drop_table("service_decision")
    op.drop_table("restriction")
    op.drop_table("partnership_rule")
    with op.batch_alter_table("outcome", schema=None) as batch_op:
        batch_op.drop_index("outcome_of_referral")

    op.drop_table("outcome")
    with op.batch_alter_table("imported", schema=None) as batch_op:
        batch_op.drop_index("imported_by_key")

    op.drop_table("imported")
    with op.batch_alter_table("done_once", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_done_once_at"))

    op.drop_table("done_once")
    with op.batch_alter_table("desk_line", schema=None) as batch_op:
        batch_op.drop_index("one_open_desk_line")
        batch_op.drop_index("desk_line_of_request")

    op.drop_table("desk_line")
    with op.batch_alter_table("desk_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_desk_decision_line_id"))

    op.drop_table("desk_decision")
    op.drop_table("deal")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("contact_of_referral")

    op.drop_table("contact")
    op.drop_table("agency_shared")
