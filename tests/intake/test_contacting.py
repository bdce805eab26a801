"""An address leaves only sealed, for one attempt, and only where that is safe."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from intake.desk import Desk
from intake.safeguarding import records
from intake.telling import EMAIL, HOMES, a_consent, a_grant, a_submission, an_email
from joserfc import jwe
from joserfc.jwk import ECKey
from sqlalchemy import select, update

from services.intake.domain.submission import Channel, Contact
from services.intake.storage import tables as t
from services.intake.usecases.consenting import give_consent
from services.intake.usecases.contacting import ALGORITHMS
from shared.identity import Principal
from shared.ids import new_id

KEY = ECKey.generate_key("P-256")
PUBLIC = orjson.dumps(KEY.as_dict(private=False)).decode()


def asks(
    desk: Desk, request: Any, public_key: str = PUBLIC, *channels: str, about: UUID | None = None
) -> Any:
    attempt = new_id()
    desk.hears(
        "contact.requested.v1",
        request,
        contact_request_id=attempt,
        request_id=request,
        delivery_id=new_id(),
        template="acknowledgement",
        channels=list(channels or ("email",)),
        public_key=public_key,
        referral_id=about,
    )
    return str(attempt)


def with_channels(*channels: Channel) -> Any:
    return a_submission(contact=Contact(channels=channels))


def test_the_address_is_sealed_to_the_asker_and_answers_one_attempt(desk: Desk) -> None:
    way = an_email(name_to_ask_for="Mari", leave_message=True)
    submitted = desk.takes_in(with_channels(way))

    attempt = asks(desk, submitted.id)

    (released,) = desk.announced("contact.released.v1")
    assert released["contact_request_id"] == attempt
    assert released["channel"] == "email"
    opened = jwe.decrypt_compact(released["sealed"], KEY, algorithms=ALGORITHMS)
    assert orjson.loads(opened.plaintext or b"") == {
        "contact_request_id": attempt,
        "address": EMAIL,
        "name_to_ask_for": "Mari",
        "leave_message": True,
    }
    assert EMAIL.encode() not in desk.everything_stored()


def test_a_release_is_recorded_and_good_for_two_minutes(desk: Desk) -> None:
    submitted = desk.takes_in()

    asks(desk, submitted.id)

    outbox = desk.store.metadata.tables["outbox"]
    with desk.store.read() as tx:
        row = tx.one(select(outbox).where(outbox.c.type == "contact.released.v1"))
    assert row is not None
    assert datetime.fromisoformat(row.headers["expirytime"]) == desk.clock.now() + timedelta(
        minutes=2
    )
    (granted,) = desk.announced("access.granted.v1")
    assert granted["object_type"] == "contact"
    assert granted["request_id"] == str(submitted.id)


WAYS: dict[str, tuple[Channel, ...]] = {
    "none": (),
    "not safe": (an_email(safe="no"),),
    "nobody knows": (an_email(safe="unknown"),),
    "only a phone": (Channel("phone", "07700 900123", "yes"),),
}


@pytest.mark.parametrize("case", WAYS)
def test_without_a_safe_way_the_address_is_withheld(desk: Desk, case: str) -> None:
    submitted = desk.takes_in(with_channels(*WAYS[case]))

    asks(desk, submitted.id, PUBLIC, "email", "text")

    assert [told["reason"] for told in desk.announced("contact.withheld.v1")] == ["NO_SAFE_CHANNEL"]
    assert desk.announced("contact.released.v1") == []
    assert desk.announced("access.granted.v1") == []


def test_safety_and_consent_are_looked_at_anew_for_every_attempt(desk: Desk) -> None:
    submitted = desk.takes_in()
    asks(desk, submitted.id)

    desk.clock.advance(timedelta(days=343))
    asks(desk, submitted.id)

    assert len(desk.announced("contact.released.v1")) == 1
    assert desk.announced("contact.withheld.v1")[0]["reason"] == "NO_LIVE_CONSENT"


def test_an_ended_an_unknown_and_an_erased_request_are_withheld(desk: Desk) -> None:
    ended, erased = desk.takes_in(), desk.takes_in()
    with desk.store.begin() as tx:
        tx.execute(update(t.request).where(t.request.c.id == ended.id).values(state="withdrawn"))
        row = tx.request_row(erased.id)
        assert row is not None
        tx.execute(t.vault_key.delete().where(t.vault_key.c.owner_id == row.person_id))

    for request in (ended.id, new_id(), erased.id):
        asks(desk, request)

    reasons = [told["reason"] for told in desk.announced("contact.withheld.v1")]
    assert reasons == ["REQUEST_ENDED", "UNKNOWN_REQUEST", "ERASED"]


PRIVATE = orjson.dumps(ECKey.generate_key("P-256").as_dict(private=True)).decode()
CURVE = orjson.dumps(ECKey.generate_key("P-384").as_dict(private=False)).decode()
KEYS = ["", "[]", "null", "not json", '{"kty":"EC","crv":"P-256"}', PRIVATE, CURVE,
        '{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}']  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_what_is_no_public_key_is_sealed_to_by_nobody(desk: Desk, key: str) -> None:
    submitted = desk.takes_in()

    asks(desk, submitted.id, key)

    assert [told["reason"] for told in desk.announced("contact.withheld.v1")] == ["KEY_REFUSED"]


def reasons(desk: Desk) -> list[str]:
    return [told["reason"] for told in desk.announced("contact.withheld.v1")]


ON_BOTH = pytest.mark.usefixtures("where")


@ON_BOTH
def test_for_a_mail_about_what_only_an_untold_override_led_to_there_is_no_address(
    desk: Desk,
) -> None:
    """Whatever else is agreed; for every other mail of the same request there is one."""
    submitted = desk.takes_in()
    agreed = desk.put_to(submitted, "sent")
    records(desk, submitted.id)
    kept = desk.put_to(submitted, "sent", "accepted", agency=HOMES)

    asks(desk, submitted.id, about=kept)
    assert reasons(desk) == ["KEPT_BACK"]
    assert desk.announced("contact.withheld.v1")[0]["again_at"] is None
    assert desk.announced("contact.released.v1") == []

    for about in (agreed, None):
        asks(desk, submitted.id, about=about)
    assert len(desk.announced("contact.released.v1")) == 2


@ON_BOTH
def test_about_a_referral_not_heard_of_yet_it_is_asked_again_where_somebody_was_not_told(
    desk: Desk,
) -> None:
    submitted, other = desk.takes_in(), desk.takes_in()
    records(desk, submitted.id)

    asks(desk, submitted.id, about=new_id())
    asks(desk, other.id, about=new_id())

    (told,) = desk.announced("contact.withheld.v1")
    soon = desk.clock.now() + timedelta(minutes=2)
    assert (told["reason"], datetime.fromisoformat(told["again_at"])) == ("NOT_NOW", soon)
    (released,) = desk.announced("contact.released.v1")
    assert released["request_id"] == str(other.id)


@pytest.mark.parametrize("how", ["told", "told later", "agreed"])
def test_once_the_person_knows_of_the_agency_the_address_is_released(desk: Desk, how: str) -> None:
    submitted = desk.takes_in()
    if how != "told":
        records(desk, submitted.id)
    sent = desk.put_to(submitted, "sent", agency=HOMES)
    if how == "agreed":
        person = Principal("person", id=str(submitted.id))
        with desk.store.begin(actor=person) as tx:
            give_consent(None, submitted.id, a_consent(a_grant(HOMES)), tx)
    else:
        records(desk, submitted.id, person_told=True, why_not_told=None)

    asks(desk, submitted.id, about=sent)

    assert reasons(desk) == []
    assert len(desk.announced("contact.released.v1")) == 1
