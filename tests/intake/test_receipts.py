"""Receipts: the same in every form, in the shape of the standard, and never saying who."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest
from intake.desk import Desk
from intake.ledger_driver import Ledger
from intake.telling import ADVICE, HOMES, NOTICE, PERSONAL, REFERRER, a_body, a_grant

from services.intake.errors import ConsentNotFoundError
from services.intake.http.receipt_pdf import as_pdf
from services.intake.http.receipt_words import HERE, in_words
from services.intake.usecases import publish_notice
from services.intake.usecases.receipt_record import record_of
from services.intake.usecases.receipts import Receipt, receipt_of

PROCESSING = {
    "privacy_notice", "language", "purpose", "lawful_basis", "pii_information",
    "pii_controllers", "collection_method", "processing_method", "storage_locations",
    "retention_period", "processing_locations", "geographic_restrictions", "jurisdiction",
    "recipient_third_parties", "withdrawal_method", "privacy_rights", "authority_party",
}  # fmt: skip
EVENT = {"event_time", "validity_duration", "entity_id", "event_type", "event_state"}
PARTY = {"party_id", "party_name", "party_address", "party_contact", "party_type", "party_role"}


@pytest.fixture(scope="module")
def desk(shared_desk: Desk) -> Desk:
    """One desk for all: each test has a request of its own."""
    with shared_desk.store.begin() as tx:
        for language in ("cy", "easy_read"):
            told = {"id": NOTICE, "language": language, "text": "Ŵy a chân, ŷd a mêl."}
            publish_notice(told, tx)
    return shared_desk


def a_receipt(ledger: Ledger, consent_id: UUID | None = None) -> Receipt:
    with ledger.desk.store.read() as tx:
        return receipt_of(consent_id or ledger.first.id, tx)


def test_the_record_has_every_field_the_standard_asks_for(desk: Desk) -> None:
    ledger = Ledger(desk, a_grant(ADVICE, "identity", "health"), a_grant(HOMES, decision="refused"))
    record: dict[str, Any] = record_of(a_receipt(ledger))

    assert {"schema_version", "record_id", "receipt_id", "pii_principal_id"} <= set(record)
    (processing,) = record["pii_processing"]
    assert set(processing) >= PROCESSING
    assert all(set(event) >= EVENT for event in record["events"])
    assert all(set(party) >= PARTY for party in record["party_identification"])
    assert processing["lawful_basis"] == ["eu-gdpr:A6-1-a", "eu-gdpr:A9-2-a"]
    special = {one["pii_attribute_id"]: one["special_pii_category"]
               for one in processing["pii_information"]}  # fmt: skip
    assert (special["identity"], special["health"]) == (False, True)
    assert record["events"][-1]["event_state"] == "dpv:ConsentGiven"


def test_the_same_state_has_the_same_receipt_and_a_change_has_another(desk: Desk) -> None:
    ledger = Ledger(desk)
    first, again = a_receipt(ledger), a_receipt(ledger)
    ledger.takes_back(ledger.first, "story")

    assert first == again
    assert as_pdf(first) == as_pdf(again)
    assert a_receipt(ledger).id != first.id


@pytest.mark.parametrize("language", ["en", "cy", "easy_read"])
def test_a_receipt_speaks_the_language_of_the_notice_and_is_accessible(
    desk: Desk, language: str
) -> None:
    ledger = Ledger(desk, method="phone", witness="Wilhelmina Witness", language=language)
    ledger.takes_back(ledger.first, "story")
    receipt = a_receipt(ledger)
    words, pdf = in_words(receipt), as_pdf(receipt)

    assert pdf.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in pdf
    assert b"pdfuaid" in pdf
    assert (b"/Lang(cy-GB)" if language == "cy" else b"/Lang(en-GB)") in pdf
    assert words["title"] in {"What you agreed to", "Yr hyn y cytunoch iddo",
                              "What you said yes to"}  # fmt: skip
    assert len(words["answers"]) == 2


@pytest.mark.parametrize("reads", ["en", "cy", "easy_read"])
@pytest.mark.parametrize("agreed_in", ["en", "cy", "easy_read"])
def test_a_receipt_speaks_the_readers_language_around_the_words_that_were_agreed_to(
    desk: Desk, agreed_in: str, reads: str
) -> None:
    receipt = a_receipt(Ledger(desk, language=agreed_in))

    words = in_words(receipt, reads)

    own = orjson.loads((HERE / "words.json").read_bytes())[reads]
    assert (words["title"], words["read"]) == (own["title"], own["read"])
    assert words["notice"] == receipt.notice_text
    assert bool(words["as_it_was"]) == (agreed_in != reads)
    assert as_pdf(receipt, reads).startswith(b"%PDF-1.7")


def test_nobody_chose_a_language_so_a_receipt_speaks_the_one_that_was_agreed_in(
    desk: Desk,
) -> None:
    receipt = a_receipt(Ledger(desk, language="cy"))

    assert in_words(receipt) == in_words(receipt, "cy") == in_words(receipt, "tlh")


def test_every_language_says_everything_that_a_receipt_may_have_to_say() -> None:
    words = orjson.loads((HERE / "words.json").read_bytes())
    shape = {name: _shape(said) for name, said in words.items()}

    assert shape["cy"] == shape["en"] == shape["easy_read"]


def _shape(said: Any) -> Any:
    if isinstance(said, dict):
        return {name: _shape(one) for name, one in said.items()}
    return type(said)


def test_a_receipt_never_says_who_the_person_is(desk: Desk) -> None:
    ledger = Ledger(desk, method="phone", witness="Wilhelmina Witness")
    receipt = a_receipt(ledger)
    told = str(in_words(receipt)) + str(record_of(receipt))

    for words in (*PERSONAL, "Wilhelmina"):
        assert words not in told, words


def test_a_receipt_is_found_only_under_its_own_request(desk: Desk) -> None:
    mine, other = Ledger(desk), Ledger(desk)

    with pytest.raises(ConsentNotFoundError), desk.store.read() as tx:
        receipt_of(other.first.id, tx, mine.request)


def test_a_partner_gets_json_or_a_pdf_as_it_prefers(desk: Desk) -> None:
    ledger = Ledger.of(desk, desk.posts(a_body()).get_json()["id"])
    headers = desk.issuer.bearer("consent.read", agency_id=str(REFERRER))
    path, client = f"/api/v1/consents/{ledger.first.id}/receipt", desk.app.test_client()

    as_json = client.get(path, headers=headers)
    as_file = client.get(path, headers={**headers, "Accept": "application/pdf"})

    assert as_json.get_json()["schema_version"] == "ISO/IEC TS 27560:2023"
    assert as_file.mimetype == "application/pdf"
    assert as_file.data.startswith(b"%PDF-")
