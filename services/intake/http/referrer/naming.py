"""Which services are asked: chosen from those that fit, each with why, how and with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import request, url_for

from services.intake.domain.consent_clocks import default_end
from services.intake.http.override_words import category
from services.intake.http.referrer import agreed, drafts, fields, words
from services.intake.http.referrer.blueprint import ROLES, bp, my_agency, onward, page
from services.intake.http.referrer.writing import seen_version, shown_version
from services.intake.storage.referring import guide_entries
from services.intake.usecases.coding import in_codes
from services.intake.usecases.finding import WORKERS, fitting_services
from services.intake.usecases.informing import current_notice
from services.intake.usecases.watching import own_pattern
from shared.codes import codes
from shared.errors import NotFoundError
from shared.web.access import principal, staff
from shared.web.current import current_store

if TYPE_CHECKING:
    from flask import Response

    from services.intake.storage import IntakeTransaction
    from services.intake.storage.case_drafts import CaseDraft

METHODS = {
    "in_person_verbal": "Said in person",
    "phone": "Said on the phone",
    "paper": "Signed on paper",
    "interpreter": "Through an interpreter",
    "bsl": "In British Sign Language",
}
LEAST = ("identity", "contact", "story")
WISH = {
    "why_this_service": "why",
    "how_eligible": "how",
    "discussed_with/name": "talk_name",
    "discussed_with/channel": "talk_channel",
    "discussed_with/at": "talk-day",
    "service": "why",
}
AGREEMENT = {
    "/consent/method": "method",
    "/consent/witness": "witness",
    "/consent/valid_until": "until-day",
    "/consent/given_by": "given_by",
    "/consent/authority/checked_on": "checked-day",
    "/consent/authority/proof_seen": "authority_proof",
    "/consent/authority": "authority_name",
    "/consent/capacity/assessed_on": "assessed-day",
    "/consent/capacity": "assessor",
    "/consent/competence/assessed_on": "child-day",
    "/consent/competence/rationale": "rationale",
    "/consent/competence/why_not_informed": "why_not_informed",
    "/consent/competence": "child_assessor",
    "/consent": "share",
}


@bp.get("/drafts/<uuid:draft_id>/services")
@staff(*ROLES)
def services_form(draft_id: UUID) -> Response:
    """Show which services are named, and which could fit."""
    draft = drafts.opened(draft_id, "services")
    with current_store().read(actor=principal()) as tx:
        fitting = _fitting(draft, tx)
        named = named_in(draft)
        entries = guide_entries([*named, *(one.service_id for one in fitting)], tx)
        seen = own_pattern(my_agency(), list(entries), tx)
    return page(
        "services.html",
        "Which services, and why",
        draft=draft,
        named=[_row(entries[one], draft.id) for one in named if one in entries],
        fitting=[
            {**_row(entries[one.service_id], draft.id), "pattern": words.pattern_words(
                seen.get(one.service_id)), "description": one.description}
            for one in fitting
            if one.service_id not in named
        ],
        needs=words.words("needs", draft.body.get("needs") or []),
    )  # fmt: skip


@bp.get("/drafts/<uuid:draft_id>/services/<uuid:service_id>")
@staff(*ROLES)
def wish_form(draft_id: UUID, service_id: UUID) -> Response:
    """Ask why this service, how the person is eligible, and with whom it was talked over."""
    draft = drafts.opened(draft_id, "services")
    return _wish_page(draft, service_id, fields.typed_wish(_wish(draft, service_id)))


@bp.post("/drafts/<uuid:draft_id>/services/<uuid:service_id>")
@staff(*ROLES)
def wish(draft_id: UUID, service_id: UUID) -> Response:
    """Keep why this service, or take it off again."""
    draft = drafts.opened(draft_id, "services")
    wishes = list(draft.body.get("referrals") or [])
    others = [one for one in wishes if one.get("service") != str(service_id)]
    if "remove" in request.form:
        drafts.keep(draft_id, {"referrals": others}, seen_version(), {})
        return onward(url_for("referrer.services_form", draft_id=draft_id))
    told, errors = fields.wish(request.form, str(service_id))
    places = {f"/referrals/{len(others)}/{part}": place for part, place in WISH.items()}
    if not errors:
        errors = drafts.keep(draft_id, {"referrals": [*others, told]}, seen_version(), places)
    if errors:
        return _wish_page(draft, service_id, request.form, errors)
    return onward(url_for("referrer.services_form", draft_id=draft_id))


@bp.get("/drafts/<uuid:draft_id>/agreement")
@staff(*ROLES)
def agreement_form(draft_id: UUID) -> Response:
    """Ask what the person said about sharing."""
    draft = drafts.opened(draft_id, "agreement")
    return _agreement_page(draft, {**_usual_end(), **agreed.typed_agreement(draft.body)})


@bp.post("/drafts/<uuid:draft_id>/agreement")
@staff(*ROLES)
def agreement(draft_id: UUID) -> Response:
    """Keep what the person said about sharing; what was not ticked is a no."""
    draft = drafts.opened(draft_id, "agreement")
    with current_store().read(actor=principal()) as tx:
        notice = current_notice("en", tx)
    changes, errors = agreed.agreement(request.form, (notice.id, notice.language))
    errors = errors or drafts.keep(draft_id, changes, seen_version(), AGREEMENT)
    if errors:
        typed = {**request.form.to_dict(), "share": request.form.getlist("share")}
        return _agreement_page(draft, typed, errors)
    return onward(url_for("referrer.tasks", draft_id=draft_id, done="saved"))


def _fitting(draft: CaseDraft, tx: IntakeTransaction) -> Any:  # noqa: ANN401 - services
    known = in_codes(drafts.written(draft, tx), tx.now.date())
    return fitting_services(known["needs"], known["area_codes"], known["age"], tx, WORKERS)


def named_in(draft: CaseDraft) -> list[UUID]:
    """Return the services that a draft names."""
    return [UUID(one["service"]) for one in draft.body.get("referrals") or []]


def _wish(draft: CaseDraft, service_id: UUID) -> dict[str, Any]:
    wishes = draft.body.get("referrals") or []
    return next((one for one in wishes if one.get("service") == str(service_id)), {})


def _row(entry: Any, draft_id: UUID) -> dict[str, Any]:  # noqa: ANN401 - a row of the guide
    href = url_for("referrer.wish_form", draft_id=draft_id, service_id=entry.service_id)
    guide = f"/agency/guide/{entry.service_id}"
    return {"service": entry.name, "agency": entry.agency, "href": href, "guide": guide}


def _wish_page(
    draft: CaseDraft,
    service_id: UUID,
    typed: Any,  # noqa: ANN401 - a form or what stands in the draft
    errors: dict[str, str] | None = None,
) -> Response:
    with current_store().read(actor=principal()) as tx:
        entry = guide_entries([service_id], tx).get(service_id)
        if entry is None:
            raise NotFoundError("there is no such service")
        seen = own_pattern(my_agency(), [service_id], tx).get(service_id)
    return page(
        "wish.html",
        f"Why {entry.name}",
        errors=errors,
        draft=draft,
        service=entry,
        typed=typed,
        named=bool(_wish(draft, service_id)),
        talks=_options(fields.TALKS),
        version=shown_version(draft),
        pattern=words.pattern_words(seen),
        reasons=words.pattern_reasons(seen),
    )


def _agreement_page(
    draft: CaseDraft,
    typed: Any,  # noqa: ANN401 - a form or what stands in the draft
    errors: dict[str, str] | None = None,
) -> Response:
    with current_store().read(actor=principal()) as tx:
        notice = current_notice("en", tx)
        entries = guide_entries(named_in(draft), tx)
    return page(
        "agreement.html",
        "What the person agreed to",
        errors=errors,
        draft=draft,
        typed=typed,
        notice=notice,
        methods=_options(METHODS),
        givers=_options(agreed.GIVERS),
        rationales=_options(agreed.RATIONALES),
        agencies=_asked_of(list(entries.values())),
        version=shown_version(draft),
    )


def _usual_end() -> dict[str, str]:
    """Return the day on which a yes of today ends at the latest: what the person is told."""
    with current_store().read() as tx:
        last = default_end(tx.now.date())
    return fields.typed_day("until", last.isoformat())


def _options(known: dict[str, str]) -> list[dict[str, str]]:
    return [{"value": code, "text": text} for code, text in known.items()]


def _asked_of(entries: list[Any]) -> list[dict[str, Any]]:
    """Return for each agency what it may be told: what its services need, and the story."""
    found: dict[UUID, dict[str, Any]] = {}
    for entry in entries:
        asked = found.setdefault(
            entry.agency_id, {"agency": entry.agency, "id": entry.agency_id, "needed": []}
        )
        asked["needed"] += [one for one in entry.categories if one not in asked["needed"]]
    for asked in found.values():
        asked["categories"] = [
            {
                "value": f"{asked['id']}:{code}",
                "text": category(code),
                "needed": code in asked["needed"],
            }
            for code in codes("categories")
            if code in {*LEAST, *asked["needed"]}
        ]
    return list(found.values())
