"""The coordinator's desk: what comes there, who owns it, and how it leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.matching.desk import DeskClearing
from services.matching.domain.desk import KINDS, Kind
from services.matching.errors import AnswerRefusedError, LineNotFoundError, StaleVersionError
from services.matching.storage import tables as t
from services.matching.storage.desk import Listed
from services.matching.storage.desk_tables import desk_decision, desk_line
from services.matching.usecases import Reason, withdraw
from services.matching.usecases.desking import Decided, decide, read_words, take_line
from services.matching.usecases.queueing import desk_queue
from shared.codes import codes
from shared.identity import Principal
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, Matching, a_client, a_service, an_agency
from tests.matching.hearing import Ear, grant
from tests.matching.test_portal import Worker
from tests.matching.test_restricted import restricts

if TYPE_CHECKING:
    from flask import Flask

ON_BOTH = pytest.mark.usefixtures("where")
HUB = UUID("019a0000-0000-7000-8000-a9e0000000ff")
GRACE, OMAR = (UUID(int=0x019A << 112 | 7 << 76 | 2 << 62 | n) for n in (1, 2))
WHY = "Their sister found a place for them"


def coordinator(staff_id: UUID = GRACE) -> Principal:
    roles = frozenset({"coordinator"})
    return Principal("staff", id=str(staff_id), agency_id=HUB, roles=roles)


@pytest.fixture
def ear(matching: Matching) -> Ear:
    matching.agencies.append({**an_agency(HUB, "The hub"), "kind": "hub"})
    matching.publishes(a_service(ADVICE, places=2), a_service(MONEY, places=0))
    ear = Ear(matching)
    ear.hears(*(staff(ear, one) for one in (GRACE, OMAR)))
    return ear


def staff(ear: Ear, staff_id: UUID, *, active: bool = True, sequence: int = 1) -> Any:
    about = {"agency_id": HUB, "name": f"Staff {staff_id.int % 10}", "roles": ["coordinator"]}
    return ear.message(
        "staff.changed", sequence=sequence, staff_id=staff_id, active=active, **about
    )


def lines(matching: Matching, **where: Any) -> list[Any]:
    with matching.store.read() as tx:
        rows = tx.all(select(desk_line).order_by(desk_line.c.id))
    return [row for row in rows if all(getattr(row, k) == v for k, v in where.items())]


def the_line(matching: Matching, **where: Any) -> Any:
    (line,) = lines(matching, **where)
    return line


def tells_own(matching: Matching, ear: Ear, kind: str) -> None:
    """Hear the newest of matching's own news of this kind."""
    told = matching.announced(kind)[-1]
    ear.hears(ear.message(told.pop("type").removesuffix(".v1"), **told))


def unplaced(matching: Matching, ear: Ear, **values: Any) -> Any:
    request = matching.asks(MONEY, **values)
    tells_own(matching, ear, "match.failed")
    return request


def decides(matching: Matching, line: Any, said: Decided, who: UUID = GRACE) -> None:
    with matching.store.begin(actor=coordinator(who)) as tx:
        decide(line.id, line.version, said, tx)


@ON_BOTH
def test_a_request_that_nobody_could_be_asked_for_has_one_owner_and_a_next_action(
    matching: Matching, ear: Ear
) -> None:
    request = unplaced(matching, ear, needs=("housing",))
    tells_own(matching, ear, "match.failed")

    line = the_line(matching)

    assert (line.kind, line.request_id) == (Kind.UNPLACED, request.request_id)
    assert line.owner_id in {GRACE, OMAR}
    assert line.reference == request.reference
    assert KINDS[Kind(line.kind)].next_action


@ON_BOTH
def test_whoever_has_the_fewest_lines_owns_the_next(matching: Matching, ear: Ear) -> None:
    for _ in range(4):
        unplaced(matching, ear, needs=("housing",))

    owners = [line.owner_id for line in lines(matching)]

    assert sorted(owners, key=str) == sorted([GRACE, GRACE, OMAR, OMAR], key=str)


def test_a_coordinator_from_whom_a_person_hides_neither_owns_nor_sees_it(
    matching: Matching, ear: Ear
) -> None:
    unplaced(matching, ear, needs=("housing",), hidden_from_staff=(GRACE,))

    line = the_line(matching)

    assert line.owner_id == OMAR
    with matching.store.read() as tx:
        today = tx.calendar().local_date(tx.now)
        assert tx.desk_lines(coordinator(), Listed(), today) == []
        assert tx.desk_counts(coordinator(), today) == {}
    with pytest.raises(LineNotFoundError):
        decides(matching, line, Decided("HELPED_OTHERWISE", why=WHY))


def test_a_decline_brings_a_request_back(matching: Matching, ear: Ear) -> None:
    request = matching.asks(ADVICE)
    matching.declines(matching.opens(matching.the_referral(request)))
    tells_own(matching, ear, "referral.declined")

    assert the_line(matching).kind == Kind.UNPLACED


def test_a_decline_brings_nothing_while_another_service_has_it(
    matching: Matching, ear: Ear
) -> None:
    matching.agencies.append(an_agency(second := new_id(), "Another"))
    named = matching.publishes(a_service(ADVICE, places=2), a_service(second, places=2))
    request = matching.asks(ADVICE, second, services=tuple(named))
    first = next(one for one in matching.referrals(request) if one.agency_id == ADVICE)
    matching.declines(matching.opens(first))
    tells_own(matching, ear, "referral.declined")

    assert lines(matching) == []


@pytest.mark.parametrize(
    ("kind", "told", "wanted"),
    [
        (
            "notification.suppressed",
            {"audience": "person", "reason": "NO_SAFE_CHANNEL"},
            "suppressed",
        ),
        ("notification.suppressed", {"audience": "receiver", "reason": "JOINED"}, None),
        ("notification.suppressed", {"audience": "person", "reason": "REFERRAL_ENDED"}, None),
        ("notification.suppressed", {"audience": "person", "reason": "KEPT_BACK"}, None),
        ("notification.failed", {"audience": "receiver", "reason": "SMTP_550"}, "suppressed"),
        ("clock.overdue", {"rung": 2}, None),
        ("clock.overdue", {"rung": 3, "clock": "K2"}, "overdue"),
        ("referral.withdrawn", {"reason": "COULD_NOT_CONTACT"}, "unreachable"),
        ("consent.requested", {}, "unanswered"),
        ("override.recorded", {}, "override"),
    ],
)
def test_what_others_tell_comes_to_the_desk_when_it_needs_somebody(
    matching: Matching, ear: Ear, kind: str, told: dict[str, Any], wanted: str | None
) -> None:
    request = matching.asks(ADVICE)
    referral = matching.the_referral(request)
    ids = {"request_id": request.request_id, "referral_id": referral.id, **told}
    if kind == "clock.overdue":
        ids = {**ids, "object_type": "referral", "object_id": referral.id}
    if kind == "override.recorded":
        ids["grants"] = [grant(ADVICE)]

    ear.hears(ear.message(kind, **ids))
    ear.hears(ear.message(kind, **ids))

    assert [line.kind for line in lines(matching)] == ([wanted] if wanted else [])


def test_a_question_waits_some_days_before_it_is_asked_after(matching: Matching, ear: Ear) -> None:
    request = matching.asks(ADVICE)
    ear.hears(ear.message("consent.requested", request_id=request.request_id, referral_id=None))

    with matching.store.read() as tx:
        today = tx.calendar().local_date(tx.now)
        now = tx.desk_lines(coordinator(), Listed(), today)
        later = tx.desk_lines(coordinator(), Listed(later=True), today)
        then = tx.desk_lines(coordinator(), Listed(), today + timedelta(days=2))

    assert (len(now), len(later), len(then)) == (0, 1, 1)


@ON_BOTH
def test_a_line_leaves_by_a_decision_that_is_kept_with_who_made_it(
    matching: Matching, ear: Ear
) -> None:
    unplaced(matching, ear, needs=("housing",))
    line = the_line(matching)

    decides(matching, line, Decided("HELPED_OTHERWISE", why=WHY))

    line = the_line(matching)
    assert (line.ended_by, line.ended_at) == ("HELPED_OTHERWISE", matching.clock.now())
    with matching.store.read() as tx:
        (kept,) = tx.all(select(desk_decision))
    assert (kept.code, kept.by_id) == ("HELPED_OTHERWISE", str(GRACE))
    assert WHY.encode() not in kept.sealed
    with pytest.raises(LineNotFoundError):
        decides(matching, line, Decided("HELPED_OTHERWISE", why=WHY))


def test_reading_what_was_written_is_recorded(matching: Matching, ear: Ear) -> None:
    unplaced(matching, ear, needs=("housing",))
    decides(matching, the_line(matching), Decided("HELPED_OTHERWISE", why=WHY))

    with matching.store.begin(actor=coordinator(OMAR)) as tx:
        ((_, text),) = read_words(the_line(matching).id, tx)

    assert text == WHY
    (told,) = matching.announced("access.granted")
    assert (told["object_type"], told["purpose"]) == ("desk_line", "coordinate")


@ON_BOTH
def test_who_takes_a_line_finds_it_among_their_own(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    unplaced(matching, ear, needs=("housing",))
    seat = Worker(app, "coordinator", agency_id=HUB)
    line = the_line(matching)
    assert line.reference not in seat.sees("/agency/desk/?mine=1")
    seat.fills(
        f"/agency/desk/{line.id}/take", {"version": "1"}, seat.sees(f"/agency/desk/{line.id}")
    )

    assert line.reference in seat.sees("/agency/desk/?mine=1")


def test_what_was_written_goes_when_the_request_is_erased(matching: Matching, ear: Ear) -> None:
    request = unplaced(matching, ear, needs=("housing",))
    decides(matching, the_line(matching), Decided("HELPED_OTHERWISE", why=WHY))

    ear.hears(ear.over(request, "erased"))

    with matching.store.begin(actor=coordinator(OMAR)) as tx:
        assert read_words(the_line(matching).id, tx) == []
        assert tx.all(select(t.note_key)) == []
    assert matching.announced("access.granted") == []


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        (Decided("NOTHING"), "/decision"),
        (Decided("TOLD_ANOTHER_WAY"), "/decision"),
        (Decided("HELPED_OTHERWISE", why=" "), "/why"),
        (Decided("LOOK_AGAIN"), "/look_on"),
    ],
)
def test_a_decision_that_breaks_a_rule_changes_nothing(
    matching: Matching, ear: Ear, said: Decided, pointer: str
) -> None:
    unplaced(matching, ear, needs=("housing",))
    before = the_line(matching)

    with pytest.raises(AnswerRefusedError) as refused:
        decides(matching, before, said)

    assert [fault.pointer for fault in refused.value.errors] == [pointer]
    assert the_line(matching) == before


def test_a_day_too_far_away_is_refused_and_a_near_one_kept(matching: Matching, ear: Ear) -> None:
    unplaced(matching, ear, needs=("housing",))
    today = matching.clock.now().date()

    with pytest.raises(AnswerRefusedError):
        decides(matching, the_line(matching), Decided("LOOK_AGAIN", today + timedelta(days=29)))
    decides(matching, the_line(matching), Decided("LOOK_AGAIN", today + timedelta(days=28)))

    line = the_line(matching)
    assert (line.look_on, line.ended_at) == (today + timedelta(days=28), None)


def test_two_who_decide_at_once_are_told_so(matching: Matching, ear: Ear) -> None:
    unplaced(matching, ear, needs=("housing",))
    seen = the_line(matching)
    with matching.store.begin(actor=coordinator(OMAR)) as tx:
        take_line(seen.id, seen.version, tx)

    with pytest.raises(StaleVersionError):
        decides(matching, seen, Decided("HELPED_OTHERWISE", why=WHY))
    assert the_line(matching).owner_id == OMAR


@ON_BOTH
def test_a_line_settles_when_its_cause_is_gone_and_not_before(matching: Matching, ear: Ear) -> None:
    request = unplaced(matching, ear, needs=("housing",))
    chore = DeskClearing(matching.store)

    chore.look()
    assert the_line(matching).ended_at is None
    ear.hears(ear.over(request, "withdrawn"))
    chore.look()

    line = the_line(matching)
    assert line.ended_by == "SETTLED"
    with matching.store.read() as tx:
        (kept,) = tx.all(select(desk_decision))
    assert (kept.by_kind, kept.code) == ("system", "SETTLED")


def test_a_review_takes_an_override_off_the_desk(matching: Matching, ear: Ear) -> None:
    request, override = matching.asks(ADVICE), new_id()
    told = {"override_id": override, "request_id": request.request_id}
    ear.hears(ear.message("override.recorded", **told, grants=[grant(ADVICE)]))
    ear.hears(ear.message("override.reviewed", **told, decision="upheld", remaining=[]))

    assert the_line(matching).ended_by == "UPHELD"


def test_a_page_is_offered_only_to_a_coordinator_who_may_open_it(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    request, page = matching.asks(ADVICE), "/requests/overrides/"
    told = {"override_id": new_id(), "request_id": request.request_id}
    ear.hears(ear.message("override.recorded", **told, grants=[grant(ADVICE)]))
    line = f"/agency/desk/{the_line(matching).id}"

    assert page not in Worker(app, "coordinator", agency_id=HUB).sees(line)
    assert page in Worker(app, "coordinator", "safeguarding", agency_id=HUB).sees(line)


def test_a_name_to_find_comes_at_once_and_goes_when_somebody_has_looked(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    request = matching.asks(ADVICE)
    about = {"request_id": request.request_id, "reference": request.reference}
    ear.hears(ear.message("request.names_to_find", **about, look_by="2026-11-23T23:59:59Z"))
    matching.clock.advance(timedelta(days=2))
    seat = Worker(app, "coordinator", agency_id=HUB)

    page = seat.sees("/agency/desk/?kind=names")
    line = the_line(matching)

    for words in (request.reference, "Names to find", "2 days"):
        assert words in page
    assert "/requests/names/" in seat.sees(f"/agency/desk/{line.id}")
    ear.hears(ear.message("request.names_settled", request_id=request.request_id))
    assert the_line(matching).ended_by == "SETTLED"


def test_a_name_to_find_is_never_the_line_of_whoever_may_be_meant(
    matching: Matching, ear: Ear
) -> None:
    request = matching.asks(ADVICE, hidden_from_staff=(GRACE,))
    about = {"request_id": request.request_id, "reference": request.reference}
    ear.hears(ear.message("request.names_to_find", **about, look_by="2026-11-23T23:59:59Z"))

    assert the_line(matching).owner_id == OMAR


@pytest.fixture
def seat(app: Flask) -> Worker:
    return Worker(app, "coordinator", agency_id=HUB)


def test_the_desk_shows_each_line_with_its_age_owner_and_next_action(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    request = unplaced(matching, ear, needs=("housing",))
    matching.clock.advance(timedelta(days=3))

    page = Worker(app, "coordinator", agency_id=HUB).sees("/agency/desk/")

    for words in (request.reference, "Nobody helps yet", "3 days", "Staff", "Put it to a service"):
        assert words in page
    assert "/requests/phone" in page, "whoever rings the hub is written down"


@ON_BOTH
def test_the_desk_puts_the_urgent_first_then_risk_and_waiting_together(
    matching: Matching, ear: Ear
) -> None:
    about: dict[str, Any] = {"needs": ("housing",)}
    for reference, threshold in (("OLD-OLD", 1), ("NEW-NEW", 1), ("ILL-ILL", 4)):
        unplaced(matching, ear, **about, reference=reference, threshold=threshold)
        matching.clock.advance(timedelta(days=1))
    unplaced(matching, ear, **about, reference="NOW-NOW", urgency="urgent")
    unplaced(matching, ear, **about, reference="HID-HID", hidden_from_staff=(GRACE,))

    with matching.store.read(actor=coordinator()) as tx:
        found = desk_queue(Listed(), tx.calendar().local_date(tx.now), tx)

    called = [place.what.reference for place in found]
    assert called == ["NOW-NOW", "ILL-ILL", "OLD-OLD", "NEW-NEW"]


def test_the_desk_is_shown_in_that_order(matching: Matching, ear: Ear, app: Flask) -> None:
    unplaced(matching, ear, needs=("housing",), reference="OLD-OLD")
    matching.clock.advance(timedelta(days=3))
    unplaced(matching, ear, needs=("housing",), reference="NOW-NOW", urgency="urgent")

    page = Worker(app, "coordinator", agency_id=HUB).sees("/agency/desk/")

    assert page.index("NOW-NOW") < page.index("OLD-OLD")
    assert "Urgent" in page


def test_a_decision_is_made_in_a_browser_and_a_refused_one_keeps_what_was_typed(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    unplaced(matching, ear, needs=("housing",))
    at = f"/agency/desk/{the_line(matching).id}"
    page = seat.sees(at)
    typed = {"version": "1", "decision": "LOOK_AGAIN", "look-day": "40", "why": "Later"}

    refused = seat.fills(f"{at}/decide", typed, page)
    taken = seat.fills(f"{at}/take", {"version": "1"}, page)
    ended = {"version": "2", "decision": "HELPED_OTHERWISE", "why": WHY}
    done = seat.fills(f"{at}/decide", ended, page)

    assert refused.status_code == 422
    assert ("Later" in refused.text, "Choose a day after today" in refused.text) == (True, True)
    assert (taken.status_code, done.status_code) == (303, 303)
    assert "Your decision is recorded" in seat.sees(done.location)
    left = seat.sees(at)
    assert "This line has left the desk" in left
    assert WHY not in left
    assert WHY in seat.fills(f"{at}/words", {}, page).text


@pytest.mark.parametrize("agency", [ADVICE, MONEY])
def test_who_coordinates_elsewhere_finds_no_desk(
    ear: Ear, matching: Matching, app: Flask, agency: UUID
) -> None:
    unplaced(matching, ear, needs=("housing",))
    other = Worker(app, "coordinator", agency_id=agency)

    other.sees("/agency/desk/", status=403)
    other.sees(f"/agency/desk/{the_line(matching).id}", status=403)


def test_the_desk_puts_a_request_to_a_service_the_person_agreed_to(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    request = matching.asks(ADVICE, MONEY)
    matching.says_places(second_of(matching), 3)
    matching.declines(matching.opens(matching.the_referral(request)))
    tells_own(matching, ear, "referral.declined")
    at = f"/agency/desk/{the_line(matching).id}/service"
    page = seat.sees(at)
    chosen = str(second_of(matching))
    assert chosen in page

    silent = seat.fills(at, {"version": "1", "service": chosen, "reason": ""}, page)
    put = seat.fills(at, {"version": "1", "service": chosen, "reason": "They have room"}, page)

    assert (silent.status_code, "Write why this service" in silent.text) == (422, True)
    assert "The agency has been told" in seat.sees(put.location)
    newest = max(matching.referrals(request), key=lambda row: row.id)
    assert (newest.state, newest.agency_id) == ("sent", MONEY)
    assert the_line(matching).ended_by == "PUT_TO_SERVICE"


def test_the_desk_asks_the_person_about_a_service_they_have_not_agreed_to(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    request = matching.asks(ADVICE)
    matching.says_places(second_of(matching), 3)
    matching.declines(matching.opens(matching.the_referral(request)))
    tells_own(matching, ear, "referral.declined")
    at = f"/agency/desk/{the_line(matching).id}/service"
    typed = {"version": "1", "service": str(second_of(matching)), "reason": "They have room"}

    put = seat.fills(at, typed, seat.sees(at))

    assert "Nothing is sent until they agree" in seat.sees(put.location)
    newest = max(matching.referrals(request), key=lambda row: row.id)
    assert (newest.state, newest.consent_needed, newest.sent_at) == ("proposed", True, None)
    assert the_line(matching).ended_at is None
    assert matching.announced("referral.proposed")[-1]["consent_needed"] is True


def test_who_withdrew_from_an_agency_is_asked_again_only_where_they_want_it(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    request = matching.asks(ADVICE)
    ear.hears(
        ear.given(request, grant(ADVICE), consent=request.consent_id),
        ear.ended(request, request.consent_id, grant(ADVICE)),
    )
    (left,) = matching.referrals(request)
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        withdraw(left.id, left.version, Reason("CONSENT_WITHDRAWN"), tx)
    (other,) = matching.publishes(a_service(ADVICE, name="Another team"))
    tells_own(matching, ear, "referral.withdrawn")
    at = f"/agency/desk/{the_line(matching).id}/service"
    page = seat.sees(at)
    assert "The person said no to this agency, or has withdrawn from it." in page
    typed = {"version": "1", "service": str(other), "reason": "They do more"}

    warned = seat.fills(at, typed, page)
    assert warned.status_code == 422
    assert "want to be asked again" in warned.text
    assert "They do more" in warned.text
    assert len(matching.referrals(request)) == 1
    asked = seat.fills(at, {**typed, "again": "yes"}, page)

    assert "Nothing is sent until they agree" in seat.sees(asked.location)


def test_who_withdrew_from_one_service_is_not_sent_to_its_agency_unwarned(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    request = matching.asks(ADVICE)
    accepted = matching.accepts(matching.opens(matching.the_referral(request)))
    with matching.store.begin(actor=a_client(ADVICE)) as tx:
        withdraw(accepted.id, accepted.version, Reason("NO_LONGER_WANTED"), tx)
    (other,) = matching.publishes(a_service(ADVICE, name="Another team"))
    tells_own(matching, ear, "referral.withdrawn")
    at = f"/agency/desk/{the_line(matching).id}/service"
    typed = {"version": "1", "service": str(other), "reason": "They do more"}

    assert seat.fills(at, typed, seat.sees(at)).status_code == 422
    assert len(matching.announced("referral.sent")) == 1


def test_a_service_whose_places_nobody_knows_can_be_asked_from_the_desk(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    request = matching.asks(ADVICE, MONEY)
    matching.says_places(second_of(matching), 3)
    matching.declines(matching.opens(matching.the_referral(request)))
    tells_own(matching, ear, "referral.declined")
    matching.clock.advance(timedelta(days=40))
    at = f"/agency/desk/{the_line(matching).id}/service"
    seat = Worker(app, "coordinator", agency_id=HUB)
    page = seat.sees(at)
    assert "How many places it has is not known. The agency is asked." in page
    typed = {"version": "1", "service": str(second_of(matching)), "reason": "They may have room"}

    put = seat.fills(at, typed, page)

    assert "The agency has been told" in seat.sees(put.location)
    newest = max(matching.referrals(request), key=lambda row: row.id)
    assert (newest.state, newest.way, newest.agency_id) == ("sent", "enquiry", MONEY)
    assert matching.capacity(second_of(matching)).reserved == 0


def test_the_desk_says_why_a_service_was_lost_in_the_agencys_own_code(
    matching: Matching, ear: Ear, seat: Worker
) -> None:
    request = matching.asks(ADVICE)
    matching.declines(matching.the_referral(request), "OUT_OF_AREA")
    tells_own(matching, ear, "referral.declined")

    line = the_line(matching)

    assert line.code == "OUT_OF_AREA"
    assert codes("decline_reasons")["OUT_OF_AREA"].en in seat.sees(f"/agency/desk/{line.id}")


def second_of(matching: Matching) -> UUID:
    with matching.store.read() as tx:
        (service,) = tx.services_of(MONEY)
    return UUID(str(service.id))


def test_the_desk_tells_of_a_restricted_request_only_that_it_is(
    matching: Matching, ear: Ear, app: Flask
) -> None:
    request = unplaced(matching, ear, needs=("housing",), urgency="urgent", threshold=4)
    line = the_line(matching)
    coordinator = Worker(app, "coordinator", agency_id=HUB)
    about = ("Area", "Urgent", "Put it to a service")
    page = coordinator.sees(f"/agency/desk/{line.id}")
    assert all(word in page for word in about)

    restricts(ear, request)

    page = coordinator.sees(f"/agency/desk/{line.id}")
    assert not [word for word in about if word in page]
    assert "request is restricted" in page
    assert "Urgent" not in coordinator.sees("/agency/desk/").split("<table", 1)[1]
    coordinator.sees(f"/agency/desk/{line.id}/service", status=409)
    coordinator.sees(f"/agency/desk/{line.id}/decisions", status=409)
