"""A database made new and one led through every step are the same, and old data survives."""

from __future__ import annotations

from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from driving.databases import SERVICES, Places
from shared.clock import SystemClock
from shared.ids import new_id
from shared.settings import Settings
from shared.storage import Store
from shared.storage.database import Database, open_database
from shared.storage.migrating import upgrade
from shared.storage.schema import VERSION, NewerDatabaseError, head_of

ROOT = Path(__file__).parent.parent.parent
EACH = pytest.mark.parametrize("service", sorted(SERVICES))
GUARDS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name",
    "postgresql": "SELECT tgname, tgenabled, pg_get_triggerdef(t.oid), prosrc FROM pg_trigger t "
    "JOIN pg_proc p ON p.oid = tgfoid WHERE NOT tgisinternal ORDER BY tgname",
}
STORED = "SELECT relname, reloptions FROM pg_class WHERE reloptions IS NOT NULL ORDER BY relname"


def steps_of(service: str) -> Path:
    return ROOT / "services" / service / "migrations"


def new_store(service: str, var: Path) -> Store[Any]:
    store: Store[Any] = import_module(f"services.{service}").create_store(
        Settings(var=var), SystemClock()
    )
    return store


def led(service: str, store: Store[Any], place: Path | str, to: str = "head") -> Database:
    """Return a database that was led through the steps of *service*."""
    database = open_database(place)
    with database.migrating() as connection:
        upgrade(connection, store.metadata, steps_of(service), to)
    return database


def shape(database: Database) -> dict[str, Any]:
    with database.reading() as connection:
        return _shape(connection)


def _shape(connection: Connection) -> dict[str, Any]:
    look, kind = inspect(connection), connection.dialect.name
    tables = sorted(set(look.get_table_names()) - {VERSION.name})
    stored = connection.execute(text(STORED)).all() if kind == "postgresql" else []
    return {
        "tables": tables,
        "columns": {
            t: sorted((c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(t))
            for t in tables
        },
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
        "guards": [tuple(row) for row in connection.execute(text(GUARDS[kind]))],
        "swept": [(name, sorted(options)) for name, options in stored],
    }


@EACH
def test_every_step_together_makes_what_a_new_database_has(
    service: str, tmp_path: Path, where: Places
) -> None:
    store = new_store(service, tmp_path)

    database = led(service, store, where("led"))

    assert shape(database) == shape(store.database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, store.metadata) if _counts(d)]
    assert differences == []
    database.close()
    store.close()


def _counts(difference: Any) -> bool:
    """Alembic's own table is not one of ours."""
    return not (difference[0] == "remove_table" and difference[1].name == VERSION.name)


@EACH
def test_an_opened_database_is_at_the_newest_step_and_opens_again(
    service: str, tmp_path: Path
) -> None:
    new_store(service, tmp_path).close()

    again = new_store(service, tmp_path)

    with again.database.reading() as connection:
        assert connection.scalar(VERSION.select()) == head_of(steps_of(service))


@EACH
def test_what_the_first_version_wrote_is_there_in_the_newest(
    service: str, tmp_path: Path, where: Places
) -> None:
    store = new_store(service, tmp_path / "new")
    message_id, at = new_id(), datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
    row = {"i": message_id, "at": at, "headers": "{}", "body": b"{}"}
    database = led(service, store, where("led"), "0001")
    with database.writing() as connection:
        connection.execute(_typed(store, "INSERT INTO inbox VALUES ('a', :i, :at)"), row)
        connection.execute(
            _typed(
                store,
                "INSERT INTO outbox (message_id, type, subject, headers, body, created_at, "
                "producer_seq) VALUES (:i, 'a.b.v1', 's', :headers, :body, :at, 1)",
            ),
            row,
        )
    database.close()

    later = Store[Any](where("led"), store.metadata, migrations=steps_of(service))

    with later.read() as tx:
        (said,) = tx.all(tx.table("outbox").select())
        (heard,) = tx.all(tx.table("inbox").select())
        assert (said.message_id, said.created_at, said.producer_seq) == (message_id, at, 1)
        assert heard.message_id == message_id
    assert shape(later.database) == shape(store.database)
    later.close()
    store.close()


def _typed(store: Store[Any], statement: str) -> Any:
    outbox = store.metadata.tables["outbox"].c
    columns = {"i": outbox.message_id, "at": outbox.created_at, "body": outbox.body}
    known = {name: column.type for name, column in columns.items() if f":{name}" in statement}
    return text(statement).bindparams(*(_bind(name, kind) for name, kind in known.items()))


def _bind(name: str, kind: Any) -> Any:
    from sqlalchemy import bindparam

    return bindparam(name, type_=kind)


def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path, where: Places) -> None:
    store = new_store("notify", tmp_path)
    with store.database.writing() as connection:
        connection.execute(VERSION.update().values(version_num="9999"))
    store.close()

    with pytest.raises(NewerDatabaseError, match="newer version of Onward"):
        new_store("notify", tmp_path)


def test_a_database_from_before_a_step_keeps_its_rows_through_it(
    tmp_path: Path, where: Places
) -> None:
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

    later: Store[Any] = Store(where("notify", tmp_path), store.metadata, migrations=steps)

    with later.database.reading() as connection:
        row = connection.execute(text("SELECT name, fact, more FROM alarms")).one()
        assert tuple(row) == ("old", "kept", None)
        assert connection.scalar(VERSION.select()) == "9000"
    later.close()


def test_a_consent_from_before_the_ledger_may_still_be_relied_on(
    tmp_path: Path, where: Places
) -> None:
    store = new_store("intake", tmp_path / "new")
    person, request, consent, agency = (new_id() for _ in range(4))
    at, sealed = datetime(2026, 11, 21, 20, 35, tzinfo=UTC), b"\0"
    rows: list[tuple[str, dict[str, Any]]] = [
        (
            "person",
            {"id": person, "sealed_identity": sealed, "sealed_contact": sealed}
            | {"sealed_address": sealed},
        ),
        (
            "request",
            {"id": request, "reference": "HDJ2-123F", "person_id": person, "state": "submitted"}
            | {"version": 1, "needs": ["debt"], "urgency": "routine", "language": "en"}
            | {"access_needs": [], "groups": [], "source": "SELF_WEB", "relationship": "self"}
            | {"sealed_story": sealed, "submitted_at": at},
        ),
        (
            "consent_record",
            {"id": consent, "request_id": request, "notice_id": "first", "language": "en"}
            | {"method": "online_form", "given_by": "self", "recorded_at": at}
            | {"valid_until": date(2027, 11, 21)},
        ),
        (
            "consent_event",
            {"consent_id": consent, "sequence": 1, "state": "given", "at": at}
            | {"by_kind": "public", "method": "online_form"},
        ),
        *(
            (
                "consent_grant",
                {"consent_id": consent, "purpose": "refer", "recipient_agency_id": agency}
                | {"category": category, "decision": "given"},
            )
            for category in ("identity", "story")
        ),
    ]
    database = led("intake", store, where("led"), "0004")
    with database.writing() as connection:
        for name, values in rows:
            connection.execute(store.metadata.tables[name].insert().values(values))
    database.close()

    later = Store[Any](where("led"), store.metadata, migrations=steps_of("intake"))

    with later.read() as tx:
        (record,) = tx.all(tx.table("consent_record").select())
        (event,) = tx.all(tx.table("consent_event").select())
        grants = tx.all(tx.table("consent_grant").select())
    assert (record.capable_by, event.change) == ("presumed", "C2")
    assert record.next_look.tzinfo is not None
    assert len({grant.id for grant in grants}) == len(grants)
    later.close()
    store.close()


def test_a_referral_from_before_there_were_clocks_is_looked_at_first(
    tmp_path: Path, where: Places
) -> None:
    store = new_store("matching", tmp_path / "new")
    at = datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
    ids = {"live": new_id(), "over": new_id(), "unsent": new_id()}
    states = {"live": "sent", "over": "declined", "unsent": "proposed"}
    database = led("matching", store, where("led"), "0005")
    with database.writing() as connection:
        for which, referral_id in ids.items():
            row = {
                "id": referral_id,
                "state": states[which],
                "sent_at": None if which == "unsent" else at,
                **{name: new_id() for name in ("request_id", "service_id", "agency_id")},
                "consent_id": new_id(),
                "consent_needed": False,
                "reference": "HDJ2-123F",
                "categories": [],
                "needs": ["debt"],
                "urgency": "routine",
                "version": 2,
                "way": "place",
                "explanation": {},
                "rules_version": "1.1",
                "geography_version": "1",
                "created_at": at,
            }
            connection.execute(store.metadata.tables["referral"].insert().values(row))
    database.close()

    later = Store[Any](where("led"), store.metadata, migrations=steps_of("matching"))

    with later.read() as tx:
        rows = tx.all(tx.table("referral").select())
    assert {row.id: row.look_at for row in rows} == {
        ids["live"]: at,
        ids["over"]: None,
        ids["unsent"]: None,
    }
    later.close()
    store.close()


def test_what_was_hidden_from_before_teams_had_members_is_hidden_from_them_too(
    tmp_path: Path, where: Places
) -> None:
    store = new_store("matching", tmp_path / "new")
    request, agency, team, staff = (new_id() for _ in range(4))
    at = datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
    copy = {
        "id": request,
        "reference": "HDJ2-123F",
        "consent_id": new_id(),
        "submitted_at": at,
        **{name: [] for name in ("needs", "area_codes", "access_needs", "groups", "services")},
        "geography_version": "1",
        "language": "en",
        "urgency": "routine",
        "source": "SELF_WEB",
        "recipients": [],
        "agreed_by_phone": False,
        "hidden_from_agencies": [str(agency), str(team)],
        "heard_at": at,
        "version": 1,
    }
    database = led("matching", store, where("led"), "0007")
    with database.writing() as connection:
        tables = store.metadata.tables
        connection.execute(tables["request_copy"].insert().values(copy))
        for one in (agency, staff):
            kept = {"request_id": request, "staff_id": str(one)}
            connection.execute(tables["hidden_from"].insert().values(kept))
    database.close()

    later = Store[Any](where("led"), store.metadata, migrations=steps_of("matching"))

    with later.read() as tx:
        rows = tx.all(tx.table("hidden_from").select())
    assert {(row.request_id, row.staff_id) for row in rows} == {
        (request, str(one)) for one in (agency, team, staff)
    }
    later.close()
    store.close()
