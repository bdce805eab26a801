"""Count beyond two thousand million messages, and sweep the tables they pass through early.

SQLite does both already.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COUNTERS = {
    "outbox": ("id", "sequence", "producer_seq"),
    "producer": ("last_seq",),
    "entry": ("seq",),
    "node": ("idx",),
    "checkpoint": ("tree_size",),
    "followed": ("next_seq",),
    "waiting": ("seq",),
}
SWEPT = (
    "autovacuum_vacuum_scale_factor = 0.01, "
    "autovacuum_vacuum_insert_scale_factor = 0.05, "
    "autovacuum_analyze_scale_factor = 0.02"
)
# What the log's tables have had in SQLite from the beginning.
GUARDS = (
    "CREATE FUNCTION checkpoint_refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the audit log cannot be changed'' USING ERRCODE = ''integrity_constraint_violation''; END'",
    "CREATE TRIGGER checkpoint_refuses_update BEFORE UPDATE ON checkpoint  FOR EACH STATEMENT EXECUTE FUNCTION checkpoint_refuses()",
    "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_refuses_update",
    "CREATE TRIGGER checkpoint_refuses_delete BEFORE DELETE ON checkpoint  FOR EACH STATEMENT EXECUTE FUNCTION checkpoint_refuses()",
    "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_refuses_delete",
    "CREATE TRIGGER checkpoint_refuses_truncate BEFORE TRUNCATE ON checkpoint  FOR EACH STATEMENT EXECUTE FUNCTION checkpoint_refuses()",
    "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_refuses_truncate",
    "CREATE FUNCTION checkpoint_only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF (SELECT MIN(tree_size) FROM fresh) <= (SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint WHERE tree_size NOT IN (SELECT tree_size FROM fresh)) THEN RAISE EXCEPTION ''the audit log cannot be changed'' USING ERRCODE = ''integrity_constraint_violation''; END IF; RETURN NULL; END'",
    "CREATE TRIGGER checkpoint_only_grows AFTER INSERT ON checkpoint REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION checkpoint_only_grows()",
    "ALTER TABLE checkpoint ENABLE ALWAYS TRIGGER checkpoint_only_grows",
    "CREATE FUNCTION entry_refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the audit log cannot be changed'' USING ERRCODE = ''integrity_constraint_violation''; END'",
    "CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry  FOR EACH STATEMENT EXECUTE FUNCTION entry_refuses()",
    "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_refuses_update",
    "CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry  FOR EACH STATEMENT EXECUTE FUNCTION entry_refuses()",
    "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_refuses_delete",
    "CREATE TRIGGER entry_refuses_truncate BEFORE TRUNCATE ON entry  FOR EACH STATEMENT EXECUTE FUNCTION entry_refuses()",
    "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_refuses_truncate",
    "CREATE FUNCTION entry_only_grows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF (SELECT MAX(seq) - MIN(seq) + 1 <> COUNT(*) OR MIN(seq) <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM entry WHERE seq < (SELECT MIN(seq) FROM fresh)) FROM fresh) THEN RAISE EXCEPTION ''the audit log cannot be changed'' USING ERRCODE = ''integrity_constraint_violation''; END IF; RETURN NULL; END'",
    "CREATE TRIGGER entry_only_grows AFTER INSERT ON entry REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION entry_only_grows()",
    "ALTER TABLE entry ENABLE ALWAYS TRIGGER entry_only_grows",
    "CREATE FUNCTION node_refuses() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the audit log cannot be changed'' USING ERRCODE = ''integrity_constraint_violation''; END'",
    "CREATE TRIGGER node_refuses_update BEFORE UPDATE ON node  FOR EACH STATEMENT EXECUTE FUNCTION node_refuses()",
    "ALTER TABLE node ENABLE ALWAYS TRIGGER node_refuses_update",
    "CREATE TRIGGER node_refuses_delete BEFORE DELETE ON node  FOR EACH STATEMENT EXECUTE FUNCTION node_refuses()",
    "ALTER TABLE node ENABLE ALWAYS TRIGGER node_refuses_delete",
    "CREATE TRIGGER node_refuses_truncate BEFORE TRUNCATE ON node  FOR EACH STATEMENT EXECUTE FUNCTION node_refuses()",
    "ALTER TABLE node ENABLE ALWAYS TRIGGER node_refuses_truncate",
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in COUNTERS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.BigInteger())
    op.execute("ALTER SEQUENCE outbox_id_seq AS bigint")
    for table in ("outbox", "handed", "inbox"):
        op.execute(f"ALTER TABLE {table} SET ({SWEPT})")
    for guard in GUARDS:
        op.execute(guard)


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("checkpoint", "entry", "node"):
        op.execute(f"DROP FUNCTION {table}_refuses CASCADE")
        op.execute(f"DROP FUNCTION IF EXISTS {table}_only_grows CASCADE")
    for table in ("outbox", "handed", "inbox"):
        op.execute(
            f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"
        )
    op.execute("ALTER SEQUENCE outbox_id_seq AS integer")
    for table, columns in COUNTERS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.Integer())
