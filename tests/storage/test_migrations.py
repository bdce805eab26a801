"""A database made new and one led through every step are the same, and old data survives."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from shared.clock import SystemClock
from shared.settings import Settings
from shared.storage import Store
from shared.storage.database import Database
from shared.storage.migrating import upgrade
from shared.storage.schema import VERSION, NewerDatabaseError, head_of
from shared.storage.sqlite import SqliteDatabase

SERVICES = ("audit", "identity", "intake", "matching", "notify")
ROOT = Path(__file__).parent.parent.parent


def steps_of(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def new_store(service: str, var: Path) -> Store[Any]:
    store: Store[Any] = import_module(f"services.{service}").create_store(
        Settings(var=var), SystemClock()
    )
    return store


def led_through_every_step(service: str, store: Store[Any], file: Path) -> Database:
    database = SqliteDatabase(file)
    with database.writing() as connection:
        upgrade(connection, store.metadata, steps_of(service))
    return database


def shape(database: Database) -> dict[str, Any]:
    with database.reading() as connection:
        return _shape(connection)


def _shape(connection: Connection) -> dict[str, Any]:
    look = inspect(connection)
    tables = sorted(set(look.get_table_names()) - {VERSION.name})
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    guarded = [tuple(row) for row in connection.execute(text(triggers))]
    return {
        "tables": tables,
        "columns": {t: sorted(c["name"] for c in look.get_columns(t)) for t in tables},
        "keys": {t: look.get_pk_constraint(t)["constrained_columns"] for t in tables},
        "foreign": {t: sorted(map(str, look.get_foreign_keys(t))) for t in tables},
        "indexes": {t: sorted(str(i["name"]) for i in look.get_indexes(t)) for t in tables},
        "unique": {
            t: sorted(map(str, (u["column_names"] for u in look.get_unique_constraints(t))))
            for t in tables
        },
        "checks": {
            t: sorted(str(c["sqltext"]) for c in look.get_check_constraints(t)) for t in tables
        },
        "triggers": guarded,
    }


@pytest.mark.parametrize("service", SERVICES)
def test_every_step_together_makes_what_a_new_database_has(service: str, tmp_path: Path) -> None:
    store = new_store(service, tmp_path)

    led = led_through_every_step(service, store, tmp_path / "led.sqlite3")

    assert shape(led) == shape(store.database)
    with led.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, store.metadata) if _counts(d)]
    assert differences == []


def _counts(difference: Any) -> bool:
    """Alembic's own table is not one of ours."""
    return not (difference[0] == "remove_table" and difference[1].name == VERSION.name)


@pytest.mark.parametrize("service", SERVICES)
def test_an_opened_database_is_at_the_newest_step_and_opens_again(
    service: str, tmp_path: Path
) -> None:
    new_store(service, tmp_path).close()

    again = new_store(service, tmp_path)

    with again.database.reading() as connection:
        assert connection.scalar(VERSION.select()) == head_of(steps_of(service))


def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    store = new_store("notify", tmp_path)
    with store.database.writing() as connection:
        connection.execute(VERSION.update().values(version_num="9999"))

    with pytest.raises(NewerDatabaseError, match="newer version of Onward"):
        new_store("notify", tmp_path)


def test_a_database_from_before_a_step_keeps_its_rows_through_it(tmp_path: Path) -> None:
    store = new_store("notify", tmp_path)
    with store.begin() as tx:
        tx.insert(tx.table("alarms"), name="old", since=tx.now, fact="kept", anchor="here")
    steps = tmp_path / "steps"
    steps.mkdir()
    for file in steps_of("notify").glob("[0-9]*.py"):
        (steps / file.name).write_text(file.read_text())
    (steps / "9000_tell_more.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision, down_revision = '9000', '{head_of(steps_of('notify'))}'\n"
        "def upgrade():\n    op.add_column('alarms', sa.Column('more', sa.String(9)))\n"
    )
    store.close()

    later: Store[Any] = Store(store.database.path, store.metadata, migrations=steps)

    with later.database.reading() as connection:
        row = connection.execute(text("SELECT name, fact, more FROM alarms")).one()
        assert tuple(row) == ("old", "kept", None)
        assert connection.scalar(VERSION.select()) == "9000"
