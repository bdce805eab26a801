"""Know who works in which team, and hide from a team what was not to be put to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COPY = sa.table(
    "request_copy", sa.column("id", sa.Uuid()), sa.column("hidden_from_agencies", sa.JSON())
)
HIDDEN = sa.table(
    "hidden_from", sa.column("request_id", sa.Uuid()), sa.column("staff_id", sa.String())
)


def upgrade() -> None:
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teams", sa.JSON(), nullable=True))

    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("teams", sa.JSON(), nullable=True))
    _hide_from_those_not_asked()


def _hide_from_those_not_asked() -> None:
    """Hide each request from every agency and team that it was not to be put to."""
    here = op.get_bind()
    known = {tuple(row) for row in here.execute(sa.select(HIDDEN))}
    for copy in here.execute(sa.select(COPY)).all():
        whom = {(copy.id, one) for one in copy.hidden_from_agencies} - known
        for request_id, one in sorted(whom):
            here.execute(HIDDEN.insert().values(request_id=request_id, staff_id=one))


def downgrade() -> None:
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.drop_column("teams")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("teams")
