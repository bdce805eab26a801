"""The links at the top of every page: one set for the public, one for staff by role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.identity import Principal

EVERYONE: frozenset[str] = frozenset()
DUTY = frozenset({"manager", "safeguarding", "coordinator", "officer"})


@dataclass(frozen=True, slots=True)
class Link:
    """One link, and the roles that see it; no roles means everyone."""

    text: str
    href: str
    roles: frozenset[str] = EVERYONE


PUBLIC = (
    Link("Find help", "/guide"),
    Link("Ask for help", "/ask"),
    Link("Your request", "/my"),
)
STAFF = (
    Link("Inbox", "/agency/", frozenset({"worker", "manager"})),
    Link(
        "Services", "/agency/services", frozenset({"worker", "manager", "trustee", "agency_admin"})
    ),
    Link("Guide", "/agency/guide", frozenset({"worker", "manager", "safeguarding", "coordinator"})),
    Link("Desk", "/agency/desk/", frozenset({"coordinator"})),
    Link("Requests", "/requests/", frozenset({"worker", "manager"})),
    Link("Agreements", "/agency/agreements/", frozenset({"manager", "coordinator"})),
    Link("Feedback", "/agency/feedback", frozenset({"worker", "manager"})),
    Link("Case review", "/agency/case-review/", frozenset({"worker", "manager", "coordinator"})),
    Link("Outreach", "/outreach/", frozenset({"worker", "manager", "coordinator"})),
    Link("Duty", "/requests/flags", DUTY),
    Link("Names to find", "/requests/names/", frozenset({"coordinator"})),
    Link(
        "Sharing without agreement",
        "/requests/overrides/",
        frozenset({"safeguarding", "officer"}),
    ),
    Link("Governance", "/governance/", frozenset({"governance_lead", "officer"})),
    Link("Rights", "/rights/", frozenset({"officer"})),
    Link("Messages sent", "/deliveries/", frozenset({"coordinator", "hub_admin"})),
    Link("Account", "/account/"),
)


def items(area: str, who: Principal, path: str) -> list[dict[str, object]]:
    """Return the links of *area* that *who* may use, the present one marked."""
    links = PUBLIC if area != "staff" else STAFF if who.kind == "staff" else ()
    seen: list[Link] = [link for link in links if not link.roles or link.roles & who.roles]
    here = max((link.href for link in seen if _within(path, link.href)), key=len, default=None)
    return [{"text": k.text, "href": k.href, "active": k.href == here} for k in seen]


def _within(path: str, href: str) -> bool:
    return f"{path.rstrip('/')}/".startswith(f"{href.rstrip('/')}/")
