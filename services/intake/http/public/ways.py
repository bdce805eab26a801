"""The ways into a request: which journey, under which address, in whose words."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.forms import Journey, journey

SHARING, CHECK = "sharing", "check"


@dataclass(frozen=True, slots=True)
class Way:
    """One journey as people walk it: its address, and the cookie that holds its draft."""

    name: str
    prefix: str
    cookie: str
    source: str
    layout: str = "public"

    @property
    def journey(self) -> Journey:
        """Return the pages of this way."""
        return journey(self.name)

    def address(self, slug: str | None = None) -> str:
        """Return the address of a page of this way, or of its beginning."""
        return f"{self.prefix}/{slug}" if slug else self.prefix


SELF = Way("self", "/ask", "ask", "SELF_WEB")
WAYS = {way.name: way for way in (SELF,)}
