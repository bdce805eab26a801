"""The ways into a request: which journey, under which address, in whose words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from services.intake.forms import Journey, journey

if TYPE_CHECKING:
    from flask import Blueprint

View = TypeVar("View", bound=Callable[..., Any])
SHARING, CHECK = "sharing", "check"
ASK = "/ask"


@dataclass(frozen=True, slots=True)
class Way:
    """One journey as people walk it: its address, and the cookie that holds its draft.

    `end` is the page after the last question; `area` chooses the layout.
    """

    name: str
    prefix: str
    cookie: str
    end: str = SHARING
    area: str = "public"

    @property
    def journey(self) -> Journey:
        """Return the pages of this way."""
        return journey(self.name)

    def address(self, slug: str | None = None) -> str:
        """Return the address of a page of this way, or of its beginning."""
        return f"{self.prefix}/{slug}" if slug else self.prefix


SELF = Way("self", ASK, "ask")
BEHALF = Way("behalf", f"{ASK}/for-someone", "ask-for")
CONCERN = Way("concern", f"{ASK}/concern", "ask-concern", end=CHECK)
PHONE = Way("phone", "/requests/phone", "ask-phone", area="staff")
WAYS = {way.name: way for way in (SELF, BEHALF, CONCERN, PHONE)}
PUBLIC = (SELF, BEHALF)


def on_each_way(blueprint: Blueprint, rule: str, method: str = "GET") -> Callable[[View], View]:
    """Put a view of /ask on every public way that ends in a request; it is told which one."""

    def add(view: View) -> View:
        for way in PUBLIC:
            blueprint.add_url_rule(
                f"{way.prefix.removeprefix(ASK)}{rule}",
                view_func=view,
                methods=[method],
                defaults={"way": way.name},
            )
        return view

    return add
