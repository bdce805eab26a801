"""The order of the pages of /ask, and what is still missing from somebody's answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.intake.http.public import forms

if TYPE_CHECKING:
    from services.intake.drafts import Draft

SHARING = "sharing"
CHECK = "check"


@dataclass(frozen=True, slots=True)
class Question:
    """One question: its own page, its own address, its own rules."""

    slug: str
    title: str
    page: forms.Page

    @property
    def template(self) -> str:
        """Return the template of this question's page."""
        return f"intake/public/ask/{self.slug}.html"


QUESTIONS = (
    Question("needs", "What do you need help with?", forms.Needs()),
    Question("place", "What is your postcode?", forms.Place()),
    Question("about-you", "About you", forms.AboutYou()),
    Question("email", "Can we send you e-mail?", forms.Email()),
    Question("phone", "Can we ring you?", forms.Phone()),
    Question("story", "What would you like us to know?", forms.Story()),
)
SLUGS = tuple(question.slug for question in QUESTIONS)
BY_SLUG = {question.slug: question for question in QUESTIONS}


def after(slug: str) -> str:
    """Return the slug of the page that follows."""
    place = SLUGS.index(slug) + 1
    return SLUGS[place] if place < len(SLUGS) else SHARING


def before(slug: str) -> str | None:
    """Return the slug of the page before, or None on the first."""
    place = (*SLUGS, SHARING).index(slug)
    return SLUGS[place - 1] if place else None


def first_missing(draft: Draft | None) -> str | None:
    """Return the first question that has no answer yet, or None."""
    answered = draft.answers if draft else {}
    return next((slug for slug in SLUGS if slug not in answered), None)
