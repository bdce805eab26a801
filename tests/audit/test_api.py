from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import orjson
import pytest

from services.audit import ed25519
from services.audit.domain.note import parse_vkey
from services.audit.domain.proof_file import parse_proof_file
from services.audit.domain.tiles import unpack_entries
from services.audit.domain.tree import leaf_hash
from shared.ids import new_id
from shared.testing.sign_on import AN_AGENCY, PretendIssuer
from tests.audit.drivers import unguard

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from tests.audit.drivers import Log, Producer


@pytest.fixture
def issuer(app: Flask) -> PretendIssuer:
    return PretendIssuer(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")


def whole_log(log: Log, issuer: PretendIssuer) -> dict[str, str]:
    """Return the header of the hub's own verifier."""
    with log.store.begin() as tx:
        if not tx.is_hub(HUB):
            tx.insert(tx.table("agency"), agency_id=HUB, name="The Hub", version=1, is_hub=True)
    return issuer.bearer("audit.read", "audit.verify", agency_id=str(HUB))


ENTRIES = "/api/v1/audit/entries"


def test_entries_come_in_the_order_of_the_log_with_a_cursor(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    log.hears(*intake.says_many(7))
    headers = whole_log(log, issuer)
    seen, cursor = [], ""
    while cursor is not None:
        after = f"&cursor={cursor}" if cursor else ""
        answer = client.get(f"{ENTRIES}?limit=3{after}", headers=headers).get_json()
        seen += answer["items"]
        cursor = answer["next"]

    assert [item["seq"] for item in seen] == list(range(7))
    assert answer["tree_size"] == 7
    canonical = orjson.dumps(seen[4]["leaf"], option=orjson.OPT_SORT_KEYS)
    assert seen[4]["leaf_hash"] == sha256(b"\x00" + canonical).hexdigest()


def test_entries_can_be_narrowed_to_a_subject_a_type_an_actor_and_a_time(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    subject = "0192eeee-0000-7000-8000-000000000001"
    log.hears(*intake.says_many(3), intake.says(subject=subject), intake.says("referral.sent.v1"))
    headers = whole_log(log, issuer)

    def count(query: str) -> int:
        return len(client.get(f"{ENTRIES}?{query}", headers=headers).get_json()["items"])

    assert count(f"subject={subject}") == 1
    assert count("type=referral.sent.v1") == 1
    assert count("actor=nobody") == 0
    assert count("from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00Z") == 5
    assert count("from=2026-11-22T00:00:00Z") == 0


@pytest.mark.parametrize(
    "query",
    [
        "subject=x",
        "limit=0",
        "limit=1001",
        "cursor=-1",
        "cursor=99999999999999999999",
        "from=2026-11-21T00:00",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_a_pointer(
    client: FlaskClient, issuer: PretendIssuer, query: str
) -> None:
    answer = client.get(f"{ENTRIES}?{query}", headers=issuer.bearer("audit.read"))

    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["pointer"] == "/" + query.partition("=")[0]


def test_the_proof_of_an_entry_with_an_endless_number_is_not_found(
    client: FlaskClient, issuer: PretendIssuer
) -> None:
    path = f"{ENTRIES}/{'9' * 20}/proof"

    assert client.get(path, headers=issuer.bearer("audit.read")).status_code == 404


def test_a_client_without_the_whole_log_sees_its_own_agency_only(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    own = {"kind": "client", "id": "c", "agency": str(AN_AGENCY)}
    log.hears(intake.says(), intake.says(actor=own), intake.says("referral.sent.v1"))
    headers = issuer.bearer("audit.read")

    items = client.get(ENTRIES, headers=headers).get_json()["items"]

    assert [item["seq"] for item in items] == [1]
    assert client.get(f"{ENTRIES}/1/proof", headers=headers).status_code == 200
    assert client.get(f"{ENTRIES}/0/proof", headers=headers).status_code == 404
    assert client.get(f"{ENTRIES}/9/proof", headers=headers).status_code == 404


def test_a_verifier_of_another_agency_checks_the_whole_tree_and_reads_its_own_entries_alone(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    own = {"kind": "client", "id": "c", "agency": str(AN_AGENCY)}
    log.hears(intake.says(), intake.says(actor=own), intake.says("referral.sent.v1"))
    headers = issuer.bearer("audit.read", "audit.verify")

    items = client.get(ENTRIES, headers=headers).get_json()["items"]
    proof = parse_proof_file(client.get(f"{ENTRIES}/1/proof", headers=headers).data)

    assert [item["seq"] for item in items] == [1]
    assert proof.proves(orjson.dumps(items[0]["leaf"], option=orjson.OPT_SORT_KEYS))
    assert client.get(f"{ENTRIES}/0/proof", headers=headers).status_code == 404
    assert client.get(f"{ENTRIES}?subject={new_id()}", headers=headers).get_json()["items"] == []
    assert client.get("/audit/log/tile/0/000.p/3").status_code == 200
    for tile in ("000.p/3", "000.p/9"):
        refused = client.get(f"/audit/log/tile/entries/{tile}", headers=headers)
        assert refused.status_code == 403


def test_an_agency_reads_nothing_of_a_referral_that_was_only_proposed_to_it(
    client: FlaskClient, issuer: PretendIssuer, log: Log, matching: Producer
) -> None:
    about = {"agency_id": str(AN_AGENCY), "actor": {"kind": "system", "id": "matching"}}
    unsent, sent = ({"referral_id": str(new_id()), **about} for _ in range(2))
    log.hears(
        matching.says("referral.proposed.v1", **unsent),
        matching.says("referral.cancelled.v1", **unsent, reason="PERSON_DECLINED"),
        matching.says("referral.proposed.v1", **sent),
        matching.says("referral.sent.v1", **sent),
    )

    items = client.get(ENTRIES, headers=issuer.bearer("audit.read")).get_json()["items"]

    assert [item["seq"] for item in items] == [2, 3]
    whole = whole_log(log, issuer)
    assert len(client.get(ENTRIES, headers=whole).get_json()["items"]) == 4


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (ENTRIES, "audit.verify"),
        (f"{ENTRIES}/0/proof", "audit.verify"),
        ("/audit/log/tile/entries/000.p/1", "audit.read"),
    ],
)
def test_without_the_right_scope_nothing_is_shown(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer, path: str, scope: str
) -> None:
    log.hears(intake.says())

    assert client.get(path).status_code == 401
    assert client.get(path, headers=issuer.bearer(scope)).status_code == 403


def test_a_proof_can_be_checked_with_the_published_key_alone(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    log.hears(*intake.says_many(5))
    headers = whole_log(log, issuer)
    key = parse_vkey(client.get("/audit/log/vkey").text.strip())
    item = client.get(ENTRIES, headers=headers).get_json()["items"][3]

    answer = client.get(f"{ENTRIES}/3/proof", headers=headers)

    proof = parse_proof_file(answer.data)
    signed = proof.proves(orjson.dumps(item["leaf"], option=orjson.OPT_SORT_KEYS))
    assert signed.note.signed_by([key], ed25519.fits)
    assert answer.mimetype == "text/plain"


def test_tiles_and_checkpoint_fit_together(
    client: FlaskClient, issuer: PretendIssuer, log: Log, intake: Producer
) -> None:
    log.hears_in_batches(intake.says_many(260), 100)

    hashes = client.get("/audit/log/tile/0/000")
    last = client.get("/audit/log/tile/0/001.p/4")
    upper = client.get("/audit/log/tile/1/000.p/1")
    entries = client.get("/audit/log/tile/entries/000", headers=whole_log(log, issuer))

    cut = [leaf_hash(entry) for _, entry in unpack_entries(entries.data)]
    assert b"".join(cut) == hashes.data
    assert (len(hashes.data), len(last.data), len(upper.data)) == (8192, 128, 32)
    assert "immutable" in hashes.headers["Cache-Control"]
    assert client.get("/audit/log/checkpoint").text.split("\n")[1] == "260"


@pytest.mark.parametrize(
    "path",
    [
        "0/001.p/5",
        "0/1",
        "0/002",
        "64/000",
        "1/000",
        "9/../000",
        "0/" + "x999/" * 2000 + "000",
        "9" * 30 + "/000",
    ],
)
def test_tiles_that_are_not_there_yet_or_misspelt_are_not_found(
    client: FlaskClient, log: Log, intake: Producer, path: str
) -> None:
    log.hears_in_batches(intake.says_many(260), 100)

    assert client.get(f"/audit/log/tile/{path}").status_code == 404


def test_a_log_without_entries_has_no_checkpoint_yet(client: FlaskClient) -> None:
    answer = client.get("/audit/log/checkpoint")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_a_published_checkpoint_cannot_be_taken_back(
    client: FlaskClient, log: Log, intake: Producer
) -> None:
    log.hears(intake.says())
    log.hears(intake.says())
    client.get("/audit/log/checkpoint")
    with log.store.begin() as tx:
        unguard(tx, "entry_refuses_delete", "node_refuses_delete", "checkpoint_refuses_delete")
        tx._connection.exec_driver_sql("DELETE FROM entry WHERE seq = 1")
        tx._connection.exec_driver_sql("DELETE FROM node")
        tx._connection.exec_driver_sql("DELETE FROM checkpoint WHERE tree_size = 2")

    log.hears(intake.says())

    assert log.alarms() == ["checkpoint_signing"]
