"""The triggers by which the log's tables refuse change by themselves.

A speed bump for whoever holds the database; the proof is in the checkpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import MetaData

FINAL = "the audit log cannot be changed"
LOG = ("checkpoint", "entry", "node")
_REFUSED_BY_SQLITE = {
    "entry": "NEW.seq <> (SELECT COALESCE(MAX(seq) + 1, 0) FROM entry) "
    "OR EXISTS (SELECT 1 FROM entry WHERE event_id = NEW.event_id)",
    "node": "EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND idx = NEW.idx)",
    "checkpoint": "NEW.tree_size <= (SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint)",
}
# Asked once for all the rows of a statement, so that a batch is not slowed by each of them.
_REFUSED_BY_POSTGRESQL = {
    "entry": "(SELECT MAX(seq) - MIN(seq) + 1 <> COUNT(*) OR MIN(seq) <> "
    "(SELECT COALESCE(MAX(seq) + 1, 0) FROM entry WHERE seq < (SELECT MIN(seq) FROM fresh)) "
    "FROM fresh)",
    "checkpoint": "(SELECT MIN(tree_size) FROM fresh) <= "
    "(SELECT COALESCE(MAX(tree_size), 0) FROM checkpoint "
    "WHERE tree_size NOT IN (SELECT tree_size FROM fresh))",
}
_RAISE = f"RAISE EXCEPTION '{FINAL}' USING ERRCODE = 'integrity_constraint_violation'"


def sqlite_guards(table: str) -> Iterator[str]:
    """Yield what makes *table* refuse change in SQLite."""
    refuse = f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
    for what in ("UPDATE", "DELETE"):
        yield f"CREATE TRIGGER {table}_refuses_{what.lower()} BEFORE {what} ON {table} {refuse}"
    when = f"WHEN {_REFUSED_BY_SQLITE[table]}"
    yield f"CREATE TRIGGER {table}_only_grows BEFORE INSERT ON {table} {when} {refuse}"


def postgresql_guards(table: str) -> Iterator[str]:
    """Yield what makes *table* refuse change in PostgreSQL, its owner's too."""
    yield _function(f"{table}_refuses", f"{_RAISE};")
    for what in ("UPDATE", "DELETE", "TRUNCATE"):
        yield from _trigger(table, f"refuses_{what.lower()}", f"BEFORE {what}", "refuses")
    if refused := _REFUSED_BY_POSTGRESQL.get(table):  # a key twice is refused by the key
        yield _function(f"{table}_only_grows", f"IF {refused} THEN {_RAISE}; END IF; RETURN NULL;")
        after = "AFTER INSERT"
        yield from _trigger(
            table, "only_grows", after, "only_grows", "REFERENCING NEW TABLE AS fresh"
        )


def _function(name: str, body: str) -> str:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {_quoted(body)} END'"
    )


def _trigger(table: str, name: str, when: str, function: str, more: str = "") -> Iterator[str]:
    yield (
        f"CREATE TRIGGER {table}_{name} {when} ON {table} {more} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_{function}()"
    )
    # Also while somebody replays a copy with other triggers turned off.
    yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def guard(metadata: MetaData) -> None:
    """Put the guards on the log's tables whenever they are made."""
    for name in LOG:
        for dialect, guards in (("sqlite", sqlite_guards), ("postgresql", postgresql_guards)):
            for statement in guards(name):
                made = DDL(statement)  # type: ignore[no-untyped-call]
                event.listen(
                    metadata.tables[name], "after_create", made.execute_if(dialect=dialect)
                )
