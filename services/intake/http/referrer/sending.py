"""Before a draft is sent: everything on one page, what is missing, and how it went before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID  # noqa: TC003 - Flask reads the annotations of views

from flask import url_for

from services.intake import checks
from services.intake.errors import DuplicateRequestError, SubmissionRefusedError
from services.intake.http.override_words import category
from services.intake.http.referrer import drafts, words
from services.intake.http.referrer.blueprint import ROLES, bp, my_agency, onward, page
from services.intake.http.referrer.naming import named_in
from services.intake.http.referrer.writing import TASKS, asked_tasks, seen_version
from services.intake.storage.referring import guide_entries
from services.intake.usecases.drafting import find_draft, send_draft, send_draft_for_consent
from services.intake.usecases.watching import own_pattern
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage import IntakeTransaction
    from services.intake.storage.case_drafts import CaseDraft
    from shared.errors import Fault
WAYS = {"email": "E-mail", "phone": "Phone", "text": "Text messages", "letter": "Letters"}


@bp.get("/drafts/<uuid:draft_id>/check")
@staff(*ROLES)
def check(draft_id: UUID) -> Response:
    """Show what would be sent, what is missing, and the agency's own pattern."""
    return _page(draft_id)


@bp.post("/drafts/<uuid:draft_id>/check")
@staff(*ROLES)
def send(draft_id: UUID) -> Response:
    """Send what is written (T3), or ask the person first (T2)."""
    try:
        with current_store().begin(actor=principal()) as tx:
            draft = find_draft(draft_id, tx)
            agreed = bool(draft.body.get("consent"))
            command = send_draft if agreed else send_draft_for_consent
            done = command(draft_id, drafts.written(draft, tx), tx, version=seen_version())
    except SubmissionRefusedError:
        return _page(draft_id, status=422)
    except DuplicateRequestError as error:
        return _page(draft_id, str(error), status=409)
    said = "sent" if agreed else "asked"
    return onward(url_for("referrer.show", request_id=done.id, done=said))


def _page(draft_id: UUID, twice: str | None = None, status: int = 200) -> Response:
    draft = drafts.opened(draft_id, "whole")
    with current_store().read(actor=principal()) as tx:
        faults = drafts.missing(draft, tx)
        told = checks.settled(drafts.written(draft, tx))
        services = _services(draft, tx)
    return page(
        "check.html",
        "Check before you send",
        status=status,
        draft=draft,
        missing=[_missing(fault, draft) for fault in faults],
        twice=twice,
        person=_person(told) if draft.of_request_id is None else [],
        wanted=_wanted(told, shown=draft.of_request_id is None),
        services=services,
        agreed=bool(draft.body.get("consent")),
        grants=_grants(told, services),
    )


def _missing(fault: Fault, draft: CaseDraft) -> dict[str, str]:
    stems = ((name, TASKS[name][1]) for name in asked_tasks(draft))
    task = next((n for n, s in stems if any(fault.pointer.startswith(one) for one in s)), None)
    href = url_for(f"referrer.{task}_form", draft_id=draft.id) if task else "#main-content"
    return {"text": fault.detail, "href": href}


def _services(draft: CaseDraft, tx: IntakeTransaction) -> list[dict[str, Any]]:
    named = named_in(draft)
    entries, seen = guide_entries(named, tx), own_pattern(my_agency(), named, tx)
    wishes = {one["service"]: one for one in draft.body.get("referrals") or []}
    return [
        {
            "service": entries[one].name,
            "agency": entries[one].agency,
            "agency_id": entries[one].agency_id,
            "href": url_for("referrer.wish_form", draft_id=draft.id, service_id=one),
            "why": wishes[str(one)].get("why_this_service", ""),
            "how": wishes[str(one)].get("how_eligible", ""),
            "talk": _talk(wishes[str(one)].get("discussed_with")),
            "pattern": words.pattern_words(seen.get(one)),
            "reasons": words.pattern_reasons(seen.get(one)),
        }
        for one in named
        if one in entries
    ]


def _talk(told: dict[str, Any] | None) -> str:
    if not told:
        return "Not talked over yet"
    agreed = "they agreed" if told.get("agreed") else "not agreed yet"
    return f"With {told.get('name', '')}: {agreed}"


def _person(told: Any) -> list[dict[str, str]]:  # noqa: ANN401 - a submission
    person, address = told.person, told.person.address
    home = ", ".join([*address.lines, address.postcode or ""]) if address else ""
    ways = [
        f"{WAYS.get(one.kind, one.kind)}: {one.value} ({_safe(one.safe)})"
        for one in told.contact.channels
    ]
    return [
        {"key": "Name", "value": f"{person.given_name} {person.family_name}".strip()},
        {"key": "Date of birth", "value": words.day(person.date_of_birth)
         if person.date_of_birth else ""},
        {"key": "Address", "value": "No fixed address" if person.no_fixed_abode else home},
        {"key": "Language", "value": words.words("languages", [told.contact.language])},
        {"key": "How to reach them", "value": "; ".join(ways)},
    ]  # fmt: skip


def _safe(answer: str) -> str:
    return {"yes": "safe", "no": "not safe, never used"}.get(
        answer, "not known to be safe, not used"
    )


def _wanted(told: Any, *, shown: bool) -> list[dict[str, str]]:  # noqa: ANN401 - a submission
    rows = [
        {"key": "Help wanted", "value": words.words("needs", told.needs)},
        {"key": "How soon", "value": words.words("urgency", [told.urgency])},
        {"key": "Access needs", "value": words.words("access_needs", told.access_needs)},
    ]
    story = told.story if shown else "The same as in the request before"
    return [*rows, {"key": "The story", "value": story}]


def _grants(told: Any, services: list[dict[str, Any]]) -> list[dict[str, str]]:  # noqa: ANN401
    names = {one["agency_id"]: one["agency"] for one in services}
    return [
        {
            "key": names.get(grant.recipient, "Another agency"),
            "value": ", ".join(category(code) for code in grant.categories),
        }
        for grant in told.consent.grants
        if grant.decision == "given"
    ]
