"""One request for a page of a journey: the draft, what is known around it, and the language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from services.intake.domain.capacity import ADULT, DECIDES_ALONE
from services.intake.drafts import Draft
from services.intake.forms import Page, Told, Typed
from services.intake.http.public import browser, kept
from services.intake.http.public.answers import CARRIED, Answers
from services.intake.http.public.around import Around, around
from services.intake.http.public.ways import Way
from shared.geography import area_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.intake.storage import IntakeTransaction

AGREED = "agreed"
"""What staff add after the consent page: a service that said yes by telephone."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is needed to ask one question, and to know which comes next."""

    way: Way
    draft: Draft | None
    around: Around
    language: str
    today: date
    expired: bool = False

    def told(self, slug: str = "", typed: Typed | None = None) -> Told:
        """Return all answers so far, with *typed* in place of what was told on *slug*."""
        before = self.draft.answers if self.draft else {}
        answers = before if typed is None else {**before, slug: typed}
        return Told(answers, self.around.facts | ages(answers, self.today), is_placed)

    def first_missing(self) -> str | None:
        """Return the first page that has no answer yet, or None."""
        return self.way.journey.first_missing(self.told())

    def effective(self) -> dict[str, Typed]:
        """Return the answers of the pages that are asked; one left behind no longer counts."""
        told = self.told()
        path = self.way.journey.path(told)
        slugs = (*(page.slug for page in path), AGREED, CARRIED)
        return {slug: told.answers[slug] for slug in slugs if slug in told.answers}


def asking(way: Way, tx: IntakeTransaction, page: Page | None = None) -> Asking:
    """Return what this browser is being asked on *way*, for one *page* alone or for all."""
    held = browser.held(way.cookie)
    found = kept.held_draft(way, tx)
    draft = found if found and not found.sent else None
    return Asking(
        way, draft, around(tx, page), language(way), tx.now.date(), bool(held) and found is None
    )


def ages(answers: Mapping[str, Typed], today: date) -> frozenset[str]:
    """Return what conditions may ask about an age; nothing where none was told, or no real one."""
    try:
        age = Answers(answers).age(today)
    except ValueError:
        return frozenset()
    if age is None:
        return frozenset()
    return frozenset({"under_16"} if age < DECIDES_ALONE else {"adult"} if age >= ADULT else ())


def language(way: Way) -> str:
    """Return the language this browser chose, or the first of the journey."""
    chosen = browser.held(browser.LANGUAGE)
    known = way.journey.languages
    return chosen if chosen in known else known[0]


def is_placed(postcode: str) -> bool:
    """Tell whether we know where a postcode is; none is nowhere."""
    return bool(postcode) and area_of(postcode) is not None
