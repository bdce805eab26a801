"""What was kept before everything told was counted is right after the step that counts it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table, select

from driving.databases import Places
from shared.clock import SystemClock
from shared.ids import new_id
from shared.settings import Settings
from shared.storage import Store
from shared.storage.database import open_database
from shared.storage.migrating import upgrade

ROOT = Path(__file__).parent.parent.parent
AT = datetime(2026, 11, 21, 20, 35, tzinfo=UTC)
BEFORE = "0002"
LISTS = ("needs", "access_needs", "groups")
GOLDEN = ROOT / "tests/contracts/request.submitted.v1/example.json"


def opened(service: str, var: Path, rows: dict[str, dict[str, Any]], where: Places) -> Store[Any]:
    """Return *service* on a database of the step before, with *rows*, led to the newest."""
    module = import_module(f"services.{service}")
    elsewhere = module.create_store(Settings(var=var / "elsewhere"), SystemClock())
    elsewhere.close()
    place = where("before")  # no service's name: those come with the newest tables
    database = open_database(place)
    steps = ROOT / "services" / service / "migrations"
    with database.writing() as connection:
        upgrade(connection, elsewhere.metadata, steps, BEFORE)
        for name, row in rows.items():
            table = Table(name, MetaData(), autoload_with=connection)
            connection.execute(table.insert(), _as_stored(row, connection.dialect.name))
    database.close()
    kind = elsewhere._transaction
    return Store(place, elsewhere.metadata, transaction=kind, migrations=steps)


def _as_stored(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """Reflected, SQLite has columns of text where PostgreSQL has types of its own."""
    if kind == "postgresql":
        return row
    return {name: v.hex if isinstance(v, UUID) else v for name, v in row.items()}


def test_matching_goes_on_counting_and_places_no_request_again(
    tmp_path: Path, where: Places
) -> None:
    agency, service, request, staff = (new_id() for _ in range(4))
    store = opened("matching", tmp_path, _guide(agency, service) | {
        "request_copy": _copy(request),
        "staff": {"id": staff, "agency_id": agency, "name": "Sam", "roles": ["worker"],
                  "active": True, "as_of": AT, "sequence": 977},
        "revoked_client": {"client_id": "food", "at": AT},
    }, where)  # fmt: skip

    with store.begin() as tx:
        assert tx.next_telling(service) == 8
        assert not tx.place_once(request)
        assert tx.one(select(tx.table("staff"))).version == 0
        assert tx.one(select(tx.table("client_standing"))).revoked_at == AT
    store.close()


def test_intake_remembers_what_it_told_of_earlier_requests(tmp_path: Path, where: Places) -> None:
    request, person = new_id(), new_id()
    told = {**json.loads(GOLDEN.read_text()), "request_id": str(request)}
    outbox = {"message_id": new_id(), "type": "request.submitted.v1", "subject": str(request),
              "sequence": 1, "headers": {"actor": {}}, "body": json.dumps(told).encode(),
              "created_at": AT, "producer_seq": 1}  # fmt: skip
    sealed = dict.fromkeys(("sealed_identity", "sealed_contact", "sealed_address"), b"x")
    rows = {"person": {"id": person, **sealed}, "request": _request(request, person)}

    store = opened("intake", tmp_path, {**rows, "outbox": outbox}, where)

    with store.read() as tx:
        row = tx.request_row(request)
    assert (row.area_codes, row.age) == (told["area_codes"], told["age"])
    assert (row.geography_version, row.agreed_by_phone) == (told["geography_version"], False)
    store.close()


def test_identity_knows_which_clients_it_had_shut_out(tmp_path: Path, where: Places) -> None:
    here, gone = new_id(), new_id()
    client = {"client_id": "left", "agency_id": gone, "scopes": [], "keys": []}
    agency = {"id": gone, "name": "Gone", "active": False}

    store = opened("identity", tmp_path, {"agency": agency, "client": client}, where)

    with store.read() as tx:
        assert not tx.client("left").believed
        assert tx.client("left").version == 0
        assert tx.is_agency_active(here)
    store.close()


def _guide(agency: Any, service: Any) -> dict[str, dict[str, Any]]:
    facts = {"name": "A", "kind": "voluntary", "active": True, "mailbox": "a@b.c", "phone": ""}
    flags = {"closed": False, "paused": False, "listed": "public", "reviewed_on": AT.date()}
    figures = {"takes_waiting_list": False, "reserved": 0, "accepted": 0, "over_promised": False}
    return {
        "agency": {"id": agency, "version": 1, **facts},
        "service": {"id": service, "agency_id": agency, "version": 3, "entry": "{}", **flags},
        "capacity": {"service_id": service, "version": 7, **figures},
    }


def _copy(request: Any) -> dict[str, Any]:
    more = ("area_codes", "services", "hidden_from_agencies")
    lists: dict[str, list[str]] = {name: [] for name in (*LISTS, *more)}
    return {"id": request, "reference": "HDJ2", "consent_id": request, "submitted_at": AT, **lists,
            "geography_version": "1", "language": "en", "urgency": "routine", "source": "SELF_WEB",
            "recipients": {}, "agreed_by_phone": False, "heard_at": AT}  # fmt: skip


def _request(request: Any, person: Any) -> dict[str, Any]:
    lists: dict[str, list[str]] = {name: [] for name in LISTS}
    return {"id": request, "reference": "HDJ2-123F", "person_id": person, "state": "submitted",
            "version": 1, "urgency": "routine", "language": "en", "source": "SELF_WEB",
            "relationship": "self", "sealed_story": b"x", "submitted_at": AT, **lists}  # fmt: skip
