"""What the person agreed to, from the fields of its page and back: silence is a no.

Promise: who decided is recorded with it: the person, a child who understands, or somebody
who has shown why they may.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.domain.consent import METHODS, SPOKEN
from services.intake.forms import tidy
from services.intake.http.referrer.fields import NOT_A_DAY, Body, Errors, day_of, typed_day

if TYPE_CHECKING:
    from datetime import date

    from services.intake.http.referrer.fields import Form

GIVERS = {
    "self": "The person",
    "parent_pr": "A parent",
    "lpa": "An attorney",
    "deputy": "A deputy",
    "court": "A court",
}
RATIONALES = {
    "understands_what_is_shared": "Understands what is shared",
    "understands_and_can_weigh_it": "Understands it and can weigh it up",
    "not_yet": "Does not understand it yet",
}


def agreement(form: Form, notice: tuple[str, str]) -> tuple[Body, Errors]:
    """Return what the person said about sharing, as a form tells it; silence is a no."""
    errors: Errors = {}
    if form.get("agreed") == "ask":
        return {"consent": None}, errors
    if form.get("agreed") != "yes":
        errors["agreed"] = "Say whether the person has agreed, or should be asked"
        return {"consent": None}, errors
    until = day_of(form, "until", errors)
    if until is None and "until-day" not in errors:
        errors["until-day"] = f"Until when does it hold? {NOT_A_DAY}"
    method, witness = form.get("method", ""), tidy(form.get("witness", ""))
    if method not in METHODS:
        errors["method"] = "Say how they agreed"
    if method in SPOKEN and not witness:
        errors["witness"] = "Say who heard it"
    grants = _grants(form.getlist("asked"), set(form.getlist("share")))
    consent = {
        "notice": notice[0],
        "language": notice[1],
        "method": method,
        "given_by": form.get("given_by") or "self",
        "witness": witness or None,
        "valid_until": until.isoformat() if until else None,
        "grants": grants,
        **_records(form, errors),
    }
    if not any(grant["decision"] == "given" for grant in grants):
        errors["share"] = "Tick what the person agreed to, for at least one agency"
    return {"consent": consent}, errors


def _grants(asked: list[str], given: set[str]) -> list[Body]:
    """Return a yes or a no for everything that was asked: `agency:category`."""
    decided: dict[tuple[str, str], list[str]] = {}
    for one in asked:
        agency, _, category = one.partition(":")
        decision = "given" if one in given else "refused"
        decided.setdefault((agency, decision), []).append(category)
    return [
        {"purpose": "refer", "recipient": agency, "categories": found, "decision": decision}
        for (agency, decision), found in decided.items()
    ]


def typed_agreement(body: Body) -> Body:
    """Return what stands in a draft as the fields of the page about sharing."""
    consent = body.get("consent")
    if not consent:
        return {"agreed": "ask" if "consent" in body else "", "share": []}
    given = [
        f"{grant.get('recipient')}:{category}"
        for grant in consent.get("grants") or []
        if grant.get("decision") == "given"
        for category in grant.get("categories") or []
    ]
    return {
        "agreed": "yes",
        "method": consent.get("method", ""),
        "given_by": consent.get("given_by") or "self",
        "witness": consent.get("witness") or "",
        "share": given,
        **_typed_records(consent),
        **typed_day("until", consent.get("valid_until")),
    }


def _records(form: Form, errors: Errors) -> Body:
    """Return what was recorded of whoever decided; a section left empty is left out."""
    found = {"authority": _authority(form, errors), "capacity": _capacity(form, errors),
             "competence": _competence(form, errors)}  # fmt: skip
    return {name: record for name, record in found.items() if record}


def _authority(form: Form, errors: Errors) -> Body | None:
    name, proof = tidy(form.get("authority_name", "")), tidy(form.get("authority_proof", ""))
    checked = day_of(form, "checked", errors)
    if not (name or proof):
        return None
    on = _needed(checked, "checked", errors)
    return {"name": name, "proof_seen": proof, "checked_on": on}


def _capacity(form: Form, errors: Errors) -> Body | None:
    assessor, assessed = tidy(form.get("assessor", "")), day_of(form, "assessed", errors)
    if not assessor:
        return None
    return {
        "outcome": "not_able",
        "assessor": assessor,
        "assessed_on": _needed(assessed, "assessed", errors),
        "best_interests": tidy(form.get("best_interests", "")),
    }


def _competence(form: Form, errors: Errors) -> Body | None:
    assessor, seen = tidy(form.get("child_assessor", "")), day_of(form, "child", errors)
    if not assessor:
        return None
    rationale = form.get("rationale", "")
    return {
        "outcome": "not_able" if rationale == "not_yet" else "able",
        "assessor": assessor,
        "assessed_on": _needed(seen, "child", errors),
        "rationale": rationale,
        "parent_informed": form.get("parent_informed") == "yes",
        "why_not_informed": tidy(form.get("why_not_informed", "")),
    }


def _needed(day: date | None, name: str, errors: Errors) -> str | None:
    if day is None:
        errors.setdefault(f"{name}-day", f"When? {NOT_A_DAY}")
        return None
    return day.isoformat()


def _typed_records(consent: Body) -> Body:
    authority, capacity = consent.get("authority") or {}, consent.get("capacity") or {}
    child = consent.get("competence") or {}
    informed = {True: "yes", False: "no"}.get(child.get("parent_informed", ""), "")
    return {
        "authority_name": authority.get("name", ""),
        "authority_proof": authority.get("proof_seen", ""),
        **typed_day("checked", authority.get("checked_on")),
        "assessor": capacity.get("assessor", ""),
        "best_interests": capacity.get("best_interests", ""),
        **typed_day("assessed", capacity.get("assessed_on")),
        "child_assessor": child.get("assessor", ""),
        "rationale": child.get("rationale", ""),
        "parent_informed": informed,
        "why_not_informed": child.get("why_not_informed", ""),
        **typed_day("child", child.get("assessed_on")),
    }
