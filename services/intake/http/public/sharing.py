"""The consent page: which named agency may know what; nobody, until a box is ticked.

Promise: what is recorded is what was on the page: the notice and every other word by hash,
each agency by name, each kind of information by its own box. If any of it changes, it is
asked anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request

from services.intake import drafts
from services.intake.forms import shown
from services.intake.http.public import browser, kept, offers
from services.intake.http.public.answers import Answers
from services.intake.http.public.ask import WHY
from services.intake.http.public.asking import Asking, asking
from services.intake.http.public.consent_words import consent_words, sentence
from services.intake.http.public.pages import page
from services.intake.http.public.ways import (
    BEHALF,
    CHECK,
    PHONE,
    SHARING,
    WAYS,
    Way,
    on_each_way,
)
from services.intake.usecases import Notice, current_notice
from shared.web import current_store
from shared.web.access import principal, public

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from services.intake.domain.wording import Shown
    from services.intake.drafts import Draft
    from services.intake.storage import IntakeTransaction

bp = Blueprint("sharing", __name__, url_prefix="/ask")


def who_reads(way: Way, told: Answers) -> str:
    """Return the name of the sentence for whoever reads the page for somebody, if they do."""
    if way is PHONE:
        return "read_out"
    if way is BEHALF:
        return "as_parent" if told.text("knows", "knows") == "parent" else "handover"
    return ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the consent page asks: under which notice, for which agencies, in which words."""

    way: Way
    language: str
    notice: Notice
    offered: tuple[offers.Offer, ...]
    who_reads: str = ""

    @property
    def words(self) -> dict[str, Any]:
        """Return every word of the page."""
        return consent_words(self.offered, self.notice, self.language, self.who_reads)

    @property
    def shown(self) -> Shown:
        """Return what the person reads before they agree."""
        return shown(self.way.name, self.language, self.words)

    def record(self, ticked: list[str]) -> dict[str, Any]:
        """Return the answer *ticked*, with everything it was the answer to."""
        return {
            "share": ticked,
            "offered": sorted(offers.values(self.offered)),
            "notice": self.notice.id,
            "sha256": self.notice.sha256,
            "words": self.shown.consent.sha256,
        }

    def is_settled(self, draft: Draft) -> bool:
        """Tell whether *draft* holds a yes to exactly this question."""
        answer = draft.answers.get(SHARING, {"share": []})
        return bool(answer["share"]) and answer == self.record(answer["share"])


def asked(now: Asking, tx: IntakeTransaction) -> Asked:
    """Return what the consent page has to ask of these answers now."""
    told = Answers(now.effective())
    notice, offered = current_notice(now.language, tx), offers.offers(told, tx)
    return Asked(now.way, now.language, notice, offered, who_reads(now.way, told))


@on_each_way(bp, "/sharing")
@public(WHY)
def ask(way: str) -> Response:
    """Show the notice, the agencies that could help, and the boxes."""
    return ask_on(WAYS[way])


@on_each_way(bp, "/sharing", "POST")
@public(WHY)
def answer(way: str) -> Response:
    """Record the ticks, or that nobody may know for now."""
    return answer_on(WAYS[way])


@on_each_way(bp, "/not-shared")
@public(WHY)
def not_shared(way: str) -> Response:
    """Say that nobody was told and nothing is lost."""
    return not_shared_on(WAYS[way])


def not_shared_on(way: Way) -> Response:
    """Say that nobody was told of the answers of *way*."""
    with current_store().read(actor=principal()) as tx:
        draft = kept.open_draft(way, tx)
    return page(
        "ask/not-shared.html",
        "We have not told anybody",
        draft=draft,
        way=way,
        service_area=way.area,
        back=way.address(SHARING),
    )


def ask_on(way: Way) -> Response:
    """Show the consent page of *way*."""
    with current_store().read(actor=principal()) as tx:
        now = asking(way, tx)
        missing = now.first_missing()
        if now.draft is None or missing:
            return browser.onward(way.address(missing))
        question = asked(now, tx)
    before = now.draft.answers.get(SHARING, {})
    changed = bool(before.get("share")) and not question.is_settled(now.draft)
    return _consent_page(question, now, list(before.get("share", [])), changed=changed)


def answer_on(way: Way, then: str = CHECK) -> Response:
    """Record the answer on the consent page of *way*, and go on to *then*."""
    ticked, nobody = request.form.getlist("share"), "nobody" in request.form
    with current_store().begin(actor=principal()) as tx:
        now = asking(way, tx)
        missing = now.first_missing()
        if now.draft is None or missing:
            return browser.onward(way.address(missing))
        question = asked(now, tx)
        errors = {} if nobody else _faults(question, ticked)
        if errors:
            return _consent_page(question, now, ticked, errors)
        now.draft.answers[SHARING] = question.record([] if nobody else sorted(set(ticked)))
        drafts.save(now.draft, tx)
    return browser.onward(way.address("not-shared" if nobody else then))


def _faults(question: Asked, ticked: list[str]) -> dict[str, str]:
    notice, language = question.notice, question.language
    if (request.form.get("notice"), request.form.get("sha256")) != (notice.id, notice.sha256):
        return {"notice": sentence("notice_changed", language)}
    if not set(offers.values(question.offered)).issuperset(ticked):
        return {"choose": sentence("list_changed", language)}
    if not ticked:
        return {"choose": sentence("nothing_ticked", language)}
    nameless = offers.without_a_name(question.offered, ticked)
    if nameless:
        return {
            f"share-{offer.key}": sentence("needs_name", language, agency=offer.agency)
            for offer in nameless
        }
    helping = [offer for offer in question.offered if offer.helps]
    if set(offers.values(helping)).isdisjoint(ticked):
        return {"choose": sentence("nobody_helps", language)}
    return {}


def _consent_page(
    question: Asked,
    now: Asking,
    ticked: list[str],
    errors: Mapping[str, str] | None = None,
    *,
    changed: bool = False,
) -> Response:
    return page(
        "ask/sharing.html",
        question.words["title"],
        errors=errors,
        asked=question,
        words=question.words,
        way=now.way,
        service_area=now.way.area,
        ticked=ticked,
        changed=sentence("changed", question.language) if changed else "",
        back=now.way.address(now.way.journey.before(None, now.told())),
    )
