"""What a form is: journeys of pages of typed fields, each word in every language it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.intake.forms.conditions import Condition, Told, always

Text: TypeAlias = Mapping[str, str]
"""The same said in several languages; Easy Read is one of them."""

FIRST_LANGUAGE = "en"
TYPES = frozenset(
    [
        *("text", "lines", "story", "number", "date", "email", "phone", "postcode"),
        *("choice", "choices", "code", "codes", "agencies", "teams", "practice", "instead"),
    ]
)
SEVERAL = frozenset({"choices", "codes", "agencies", "teams"})


def say(text: Text, language: str) -> str:
    """Return *text* in *language*, in English where we have no other."""
    return text.get(language) or text.get(FIRST_LANGUAGE, "")


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    value: str
    text: Text
    hint: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Field:
    """One thing asked.

    `required` is the sentence said when it is missing, `wrong` when it does not fit; `source`
    names the closed list, or the kind of agency, to choose from.
    """

    name: str
    type: str
    label: Text = field(default_factory=dict)
    hint: Text = field(default_factory=dict)
    required: Text = field(default_factory=dict)
    wrong: Text = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    source: str = ""
    longest: int = 200
    autocomplete: str = ""
    width: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names under which a browser sends this field."""
        return ("day", "month", "year") if self.type == "date" else (self.name,)

    @property
    def several(self) -> bool:
        """Tell whether there may be more than one answer."""
        return self.type in SEVERAL


@dataclass(frozen=True, slots=True)
class Rule:
    """What must be put right while `when` holds, and the sentence that says so."""

    when: Condition
    field: str
    say: Text


@dataclass(frozen=True, slots=True)
class Page:
    """One question: its own page, its own address, its own rules."""

    slug: str
    title: Text
    lead: tuple[Text, ...] = ()
    after: tuple[Text, ...] = ()
    fields: tuple[Field, ...] = ()
    rules: tuple[Rule, ...] = ()
    when: Condition = always
    short: Text = field(default_factory=dict)
    stops: bool = False

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Journey:
    """One form, whole: which pages are asked, in which order, in which languages."""

    name: str
    version: str
    languages: tuple[str, ...]
    pages: tuple[Page, ...]
    by_slug: Mapping[str, Page] = field(default_factory=dict)

    def path(self, told: Told) -> tuple[Page, ...]:
        """Return the pages that are asked of someone who told this, in order."""
        return tuple(page for page in self.pages if page.when(told))

    def first_missing(self, told: Told) -> str | None:
        """Return the first page of the path that has no answer yet, or None."""
        missing = (p.slug for p in self.path(told) if p.stops or p.slug not in told.answers)
        return next(missing, None)

    def after(self, slug: str, told: Told) -> str | None:
        """Return the page that follows on *slug*, or None after the last."""
        later = self.pages[self.pages.index(self.by_slug[slug]) + 1 :]
        return next((page.slug for page in later if page.when(told)), None)

    def before(self, slug: str | None, told: Told) -> str | None:
        """Return the page before *slug*, or before the end where *slug* is None."""
        earlier = self.pages if slug is None else self.pages[: self._place(slug)]
        return next((page.slug for page in reversed(earlier) if page.when(told)), None)

    def _place(self, slug: str) -> int:
        return self.pages.index(self.by_slug[slug])
