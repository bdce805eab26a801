"""From the fields of a form to the parts of a draft, and back: values as they were typed.

Promise: what a page does not ask about stays as it was; a field left empty is left out.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from services.intake.forms import tidy

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    Form = MultiDict[str, str]

Body = dict[str, Any]
Errors = dict[str, str]

ASKED_CHANNELS = ("email", "phone")
NOT_A_DAY = "Enter a day, a month and a year, such as 27 3 1980"
TALKS = {"phone": "By phone", "in_person": "In person", "email": "By e-mail"}


def person(form: Form, body: Body) -> tuple[Body, Errors]:
    """Return person and contact as a form tells them."""
    errors: Errors = {}
    born = day_of(form, "born", errors)
    lines = [line for line in tidy(form.get("address", "")).splitlines() if line.strip()]
    postcode = tidy(form.get("postcode", "")) or None
    told: Body = {
        "given_name": tidy(form.get("given_name", "")),
        "family_name": tidy(form.get("family_name", "")),
        "date_of_birth": born.isoformat() if born else None,
        "address": {"lines": lines, "postcode": postcode} if lines or postcode else None,
        "no_fixed_abode": form.get("no_fixed_abode") == "yes",
    }
    return {"person": told, "contact": _contact(form, body)}, errors


def _contact(form: Form, body: Body) -> Body:
    before = body.get("contact") or {}
    kept = [one for one in before.get("channels") or [] if one.get("kind") not in ASKED_CHANNELS]
    asked = [_channel(form, kind) for kind in ASKED_CHANNELS if tidy(form.get(kind, ""))]
    return {
        **before,
        "language": form.get("language") or "en",
        "interpreter": form.get("interpreter") or None,
        "channels": asked + kept,
    }


def _channel(form: Form, kind: str) -> Body:
    return {
        "kind": kind,
        "value": tidy(form.get(kind, "")),
        "safe": form.get(f"{kind}_safe") or "unknown",
        "leave_message": form.get(f"{kind}_message") == "yes",
        "name_to_ask_for": tidy(form.get(f"{kind}_ask_for", "")) or None,
    }


def typed_person(body: Body) -> Body:
    """Return what stands in a draft as the fields of the page about the person."""
    told, contact = body.get("person") or {}, body.get("contact") or {}
    address = told.get("address") or {}
    shown = {
        "given_name": told.get("given_name", ""),
        "family_name": told.get("family_name", ""),
        "address": "\n".join(address.get("lines") or []),
        "postcode": address.get("postcode") or "",
        "no_fixed_abode": "yes" if told.get("no_fixed_abode") else "",
        "language": contact.get("language") or "en",
        "interpreter": contact.get("interpreter") or "",
        **typed_day("born", told.get("date_of_birth")),
    }
    for one in contact.get("channels") or []:
        if one.get("kind") in ASKED_CHANNELS:
            shown |= _typed_channel(one)
    return shown


def _typed_channel(one: Body) -> Body:
    kind = one["kind"]
    return {
        kind: one.get("value") or "",
        f"{kind}_safe": one.get("safe") or "unknown",
        f"{kind}_message": "yes" if one.get("leave_message") else "",
        f"{kind}_ask_for": one.get("name_to_ask_for") or "",
    }


def story(form: Form, _body: Body) -> tuple[Body, Errors]:
    """Return what help is wanted, as a form tells it."""
    band = form.get("threshold", "")
    return {
        "needs": form.getlist("needs"),
        "urgency": form.get("urgency") or "routine",
        "threshold": int(band) if band.isdecimal() and len(band) == 1 else None,
        "access_needs": form.getlist("access_needs"),
        "story": tidy(form.get("story", "")),
    }, {}


def typed_story(body: Body) -> Body:
    """Return what stands in a draft as the fields of the page about the help wanted."""
    return {
        "needs": body.get("needs") or [],
        "urgency": body.get("urgency") or "routine",
        "threshold": str(body.get("threshold") or ""),
        "access_needs": body.get("access_needs") or [],
        "story": body.get("story") or "",
    }


def wish(form: Form, service: str) -> tuple[Body, Errors]:
    """Return why one service is asked, as a form tells it; each part must be there."""
    errors: Errors = {}
    told: Body = {
        "service": service,
        "why_this_service": tidy(form.get("why", "")),
        "how_eligible": tidy(form.get("how", "")),
        "discussed_with": None,
    }
    if not told["why_this_service"]:
        errors["why"] = "Say why this service"
    if not told["how_eligible"]:
        errors["how"] = "Say how the person is eligible"
    if form.get("discussed") == "yes":
        told["discussed_with"] = _talk(form, errors)
    elif form.get("discussed") != "no":
        errors["discussed"] = "Say whether you have talked with the service about this"
    return told, errors


def _talk(form: Form, errors: Errors) -> Body:
    name, channel = tidy(form.get("talk_name", "")), form.get("talk_channel", "")
    if not name:
        errors["talk_name"] = "Say with whom you talked"
    if channel not in TALKS:
        errors["talk_channel"] = "Say how you talked"
    on = day_of(form, "talk", errors)
    if on is None and "talk-day" not in errors:
        errors["talk-day"] = f"When did you talk? {NOT_A_DAY}"
    at = f"{on.isoformat()}T00:00:00Z" if on else None
    agreed = form.get("talk_agreed") == "yes"
    return {"name": name, "channel": channel, "at": at, "agreed": agreed}


def typed_wish(told: Body) -> Body:
    """Return what was said to one service as the fields of its page."""
    talk = told.get("discussed_with")
    shown = {
        "why": told.get("why_this_service", ""),
        "how": told.get("how_eligible", ""),
        "discussed": "" if not told else "yes" if talk else "no",
    }
    if talk:
        shown |= {
            "talk_name": talk.get("name", ""),
            "talk_channel": talk.get("channel", ""),
            "talk_agreed": "yes" if talk.get("agreed") else "",
            **typed_day("talk", (talk.get("at") or "")[:10]),
        }
    return shown


def day_of(form: Form, name: str, errors: Errors) -> date | None:
    """Return a day from its three fields, None where all are empty; say what is no day."""
    parts = [form.get(f"{name}-{part}", "").strip() for part in ("year", "month", "day")]
    if not any(parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        errors[f"{name}-day"] = NOT_A_DAY
        return None


def typed_day(name: str, written: str | None) -> Body:
    """Return the three fields of a day that stands in a draft."""
    year, _, rest = (written or "").partition("-")
    month, _, day = rest.partition("-")
    return {
        f"{name}-year": year,
        f"{name}-month": month.lstrip("0"),
        f"{name}-day": day.lstrip("0"),
    }
