"""The consent page: which named agency may know what; nobody, until a box is ticked.

Promise: what is recorded is what was on the page: the notice by id and hash, each agency
by name, each kind of information by its own box. If any of it changes, it is asked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for

from services.intake import drafts
from services.intake.http.public import browser, journey, kept, offers
from services.intake.http.public.ask import WHY, address
from services.intake.http.public.pages import page
from services.intake.usecases import Notice, current_notice
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.drafts import Draft
    from services.intake.storage import IntakeTransaction

bp = Blueprint("sharing", __name__, url_prefix="/ask")
LANGUAGE = "en"
TITLE = "Who may know about you?"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the consent page asks: under which notice, for which agencies."""

    notice: Notice
    offered: tuple[offers.Offer, ...]

    def record(self, ticked: list[str]) -> dict[str, Any]:
        """Return the answer *ticked*, with everything it was the answer to."""
        return {
            "share": ticked,
            "offered": sorted(offers.values(self.offered)),
            "notice": self.notice.id,
            "sha256": self.notice.sha256,
        }

    def is_settled(self, draft: Draft) -> bool:
        """Tell whether *draft* holds a yes to exactly this question."""
        answer = draft.answers.get(journey.SHARING, {"share": []})
        return bool(answer["share"]) and answer == self.record(answer["share"])


def asked(draft: Draft, tx: IntakeTransaction) -> Asked:
    """Return what the consent page has to ask of this draft now."""
    return Asked(current_notice(LANGUAGE, tx), offers.offers(draft, tx))


@bp.get("/sharing")
@public(WHY)
def ask() -> Response:
    """Show the notice, the agencies that could help, and the boxes."""
    with current_store().read(actor=principal()) as tx:
        draft = kept.open_draft(tx)
        missing = journey.first_missing(draft)
        if draft is None or missing:
            return browser.onward(address(missing or journey.SLUGS[0]))
        question = asked(draft, tx)
    before = draft.answers.get(journey.SHARING, {})
    changed = bool(before.get("share")) and not question.is_settled(draft)
    return _consent_page(question, before.get("share", []), changed=changed)


@bp.post("/sharing")
@public(WHY)
def answer() -> Response:
    """Record the ticks, or that nobody may know for now."""
    ticked = request.form.getlist("share")
    nobody = "nobody" in request.form
    with current_store().begin(actor=principal()) as tx:
        draft = kept.open_draft(tx)
        missing = journey.first_missing(draft)
        if draft is None or missing:
            return browser.onward(address(missing or journey.SLUGS[0]))
        question = asked(draft, tx)
        errors = {} if nobody else _faults(question, ticked)
        if errors:
            return _consent_page(question, ticked, errors)
        draft.answers[journey.SHARING] = question.record([] if nobody else sorted(set(ticked)))
        drafts.save(draft, tx)
    return browser.onward(url_for("sharing.not_shared" if nobody else "send.check"))


@bp.get("/not-shared")
@public(WHY)
def not_shared() -> Response:
    """Say that nobody was told and nothing is lost."""
    with current_store().read(actor=principal()) as tx:
        draft = kept.open_draft(tx)
    return page(
        "ask/not-shared.html",
        "We have not told anybody",
        draft=draft,
        back=url_for("sharing.ask"),
    )


def _faults(question: Asked, ticked: list[str]) -> dict[str, str]:
    notice = question.notice
    if (request.form.get("notice"), request.form.get("sha256")) != (notice.id, notice.sha256):
        return {"notice": "The words on this page have changed. Please read them again"}
    if not set(offers.values(question.offered)).issuperset(ticked):
        return {"choose": "The list of agencies has changed. Please choose again"}
    if not ticked:
        return {"choose": "Tick who may know what, or choose “Share with nobody for now”"}
    return {
        f"share-{offer.agency_id}": (
            f"{offer.agency} must know who you are to help you. "
            "Tick that box too, or take the other ticks away"
        )
        for offer in offers.without_a_name(question.offered, ticked)
    }


def _consent_page(
    question: Asked,
    ticked: list[str],
    errors: Mapping[str, str] | None = None,
    *,
    changed: bool = False,
) -> Response:
    return page(
        "ask/sharing.html",
        TITLE,
        errors=errors,
        asked=question,
        ticked=frozenset(ticked),
        changed=changed,
        back=address(journey.SLUGS[-1]),
    )
