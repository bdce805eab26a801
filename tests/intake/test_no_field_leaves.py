"""No route of intake lets a field out but by the gate, whoever asks, whatever the state.

Every field has a word of its own; every route of the application is called, by every kind of
caller who is not the person, and every answer is searched for every word. Public pages, which
know no request, are called once; the person's own page has its tests, and needs their code.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.desk import Desk
from intake.safeguarding import put_in_state, records
from intake.telling import ADVICE, DEBT, HOMES, HUB, a_consent, a_grant, a_submission

from services.identity.domain import SCOPES
from services.intake.domain.gate import SCOPES as STATES
from services.intake.domain.gate import Scope, visible
from services.intake.domain.submission import (
    Address,
    Channel,
    Contact,
    Household,
    NamedService,
    Person,
)
from services.intake.storage import tables as t
from services.intake.storage.hidden import hide
from services.intake.storage.holds import RESTRICTED, hold
from shared.codes import codes
from shared.ids import new_id
from shared.testing.sign_on import sign_in
from shared.web.access import _rule_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

BASE = "https://localhost"
CANARIES = {
    "identity": ("Quillfeather", "Brambleworth", "1971-03-04", "4 March 1971"),
    "contact": ("saltmarsh@example.org", "Peregrine", "Toadflax"),
    "address": ("17 Cuckoopint Row", "SW18 2PU"),
    "story": ("Hobbledehoy", "Wolfsbane", "Foxtrotter"),
    "household": ("Yellowhammer",),
}
CATEGORIES = (*CANARIES, "access_needs")
ROLES = tuple(codes("roles"))
THE_GATE = "/requests/<uuid:request_id>/person"
BY_AN_OFFICER_RECORDED = "/rights/"


def told_with_canaries(granted: set[str]) -> Any:
    person = Person(
        "Quillfeather",
        "Brambleworth",
        date(1971, 3, 4),
        Address(("17 Cuckoopint Row",), "SW18 2PU"),
    )
    email = Channel("email", "saltmarsh@example.org", "yes", name_to_ask_for="Peregrine")
    notes = NamedService(DEBT, why_this_service="Wolfsbane", how_eligible="Foxtrotter")
    granted_to_advice = [a_grant(ADVICE, *sorted(granted))] if granted else []
    return a_submission(
        person=person,
        contact=Contact("en", None, (email,), code_word="Toadflax"),
        story="Hobbledehoy.",
        household=Household(("partner",), "Yellowhammer"),
        referrals=(notes,) if granted else (),
        consent=a_consent(*granted_to_advice, a_grant(HOMES, "risk")),
    )


def found_in(answer: Any) -> set[str]:
    said = answer.get_data().decode(errors="replace")  # a receipt may be a PDF
    return {name for name, words in CANARIES.items() if any(word in said for word in words)}


def every_route(desk: Desk, ids: dict[str, UUID], *kinds: str) -> Iterator[tuple[str, str, str]]:
    """Yield (rule, method, path) of every route, filled in with what there is of this request."""
    for route in desk.app.url_map.iter_rules():
        values = {name: ids.get(name, ids["request_id"]) for name in route.arguments}
        for name, converter in route._converters.items():
            kind = type(converter).__name__
            if kind == "AnyConverter":
                values[name] = next(iter(converter.items))  # type: ignore[attr-defined]
            elif kind != "UUIDConverter":
                values[name] = 1 if kind == "IntegerConverter" else "email"  # type: ignore[assignment]
        built = route.build(values, append_unknown=False)
        assert built is not None
        for method in sorted(set(route.methods or ()) - {"OPTIONS", "HEAD"}):
            rule = _rule_for(desk.app, route.endpoint, method)
            assert rule is not None
            if rule.kind not in kinds:
                continue
            yield route.rule, method, f"{built[1]}?referral={ids['referral_id']}"


class Caller:
    """Somebody who is not the person: nobody, a partner's system, or staff in some role."""

    def __init__(self, desk: Desk, kind: str, agency: UUID, role: str) -> None:
        self.browser: FlaskClient = desk.app.test_client()
        self.headers: dict[str, str] = {}
        self.kind, self.agency, self.role, self.id = kind, agency, role, new_id()
        if kind == "client":
            self.headers = desk.issuer.bearer(*sorted(SCOPES), agency_id=str(agency))
        elif kind == "staff":
            who = sign_in(desk.app, self.browser, role, agency_id=agency, fresh=True)
            self.id = UUID(str(who.id))

    def calls(self, method: str, path: str) -> Any:
        sent = {"json": {"reason": "OTHER"}} if "/api/" in path and method != "GET" else {}
        return self.browser.open(path, method=method, base_url=BASE, headers=self.headers, **sent)

    def may_open(self, path: str) -> bool:
        """Tell whether the gate's route lets this kind of caller ask at all."""
        if "/api/" in path:
            return self.kind == "client"
        return self.kind == "staff" and self.role in {"worker", "manager", "safeguarding"}


CALLERS = st.one_of(
    st.tuples(st.just("nobody"), st.just(ADVICE), st.just("")),
    st.tuples(st.just("client"), st.sampled_from([ADVICE, HOMES, HUB]), st.just("")),
    st.tuples(
        st.just("staff"), st.sampled_from([ADVICE, ADVICE, HOMES, HUB]), st.sampled_from(ROLES)
    ),
)


def a_case(desk: Desk, granted: set[str], state: str) -> dict[str, UUID]:
    submitted, referral = desk.takes_in(told_with_canaries(granted)), new_id()
    with desk.store.begin() as tx:
        facts = {"service_id": DEBT, "agency_id": ADVICE, "state": state, "at": tx.now}
        tx.insert(
            t.referral_step, referral_id=referral, sequence=1, request_id=submitted.id, **facts
        )
        (consent,) = tx.consents_of(submitted.id)
    return {"request_id": submitted.id, "referral_id": referral, "consent_id": consent.id}


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    granted=st.sets(st.sampled_from(CATEGORIES)),
    overridden=st.sets(st.sampled_from(CATEGORIES)),
    state=st.sampled_from([*STATES, "proposed", "declined", "halted"]),
    shut=st.sampled_from([None, None, None, "restricted", "withdrawn", "hidden"]),
    who=CALLERS,
)
def test_no_field_leaves_but_by_the_gate_and_only_what_it_allows(
    desk: Desk,
    granted: set[str],
    overridden: set[str],
    state: str,
    shut: str | None,
    who: tuple[str, UUID, str],
) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    ids, caller = a_case(desk, granted, state), Caller(desk, *who)
    if overridden:
        named = {"recipients": (ADVICE,), "categories": tuple(sorted(overridden))}
        ids["override_id"] = records(desk, ids["request_id"], **named)
    with desk.store.begin() as tx:
        if shut == "restricted":
            hold(ids["request_id"], RESTRICTED, tx)
        elif shut == "hidden":
            hide(ids["request_id"], [caller.agency], [], tx)
    if shut == "withdrawn":
        put_in_state(desk, ids["request_id"], "withdrawn")

    scope = STATES.get(state, Scope.NOTHING)
    asked_in_vain = shut or caller.agency != ADVICE or scope is Scope.NOTHING
    allowed = set() if asked_in_vain else overridden | visible(granted, scope)
    guarded = every_route(desk, ids, "client", "staff")
    for rule, method, path in sorted(guarded, key=lambda one: not one[0].endswith(THE_GATE)):
        answer = caller.calls(method, path)
        if rule.endswith(THE_GATE) and ("/api/" in path or method == "POST"):
            expected = allowed if caller.may_open(path) else set()
            assert found_in(answer) == expected & set(CANARIES), f"{method} {rule}"
        elif caller.role != "officer" or not rule.startswith(BY_AN_OFFICER_RECORDED):
            assert not found_in(answer), f"{method} {rule}"


def test_pages_that_know_no_request_show_nothing_of_one(desk: Desk) -> None:
    desk.app.config["WTF_CSRF_ENABLED"] = False
    ids = a_case(desk, set(CATEGORIES), "accepted")
    worker = Caller(desk, "staff", ADVICE, "worker")

    for rule, method, path in every_route(desk, ids, "public", "person", "machine"):
        assert not found_in(worker.calls(method, path)), f"{method} {rule}"


def test_every_route_is_of_a_kind_that_is_called(desk: Desk) -> None:
    ids = a_case(desk, {"story"}, "accepted")
    all_kinds = ("public", "person", "machine", "client", "staff")
    called = {(rule, method) for rule, method, _ in every_route(desk, ids, *all_kinds)}

    assert ("/requests/<uuid:request_id>/person", "POST") in called
    assert {rule for rule, _ in called} == {r.rule for r in desk.app.url_map.iter_rules()}


def test_the_words_are_there_to_be_found(desk: Desk) -> None:
    ids = a_case(desk, set(CATEGORIES), "accepted")
    worker = Caller(desk, "staff", ADVICE, "worker")
    desk.app.config["WTF_CSRF_ENABLED"] = False

    shown = worker.calls(
        "POST", f"/requests/{ids['request_id']}/person?referral={ids['referral_id']}"
    )

    assert [word for words in CANARIES.values() for word in words if word not in shown.text] == [
        "1971-03-04"
    ]
