"""What is put right in a request after it came (T32); what is already sent stays sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uuid import UUID

    from services.matching.heard import RequestAmended
    from services.matching.storage import MatchingTransaction

CODES = (
    "needs",
    "area_codes",
    "geography_version",
    "age",
    "language",
    "interpreter",
    "access_needs",
    "groups",
    "threshold",
    "urgency",
)
LISTS = frozenset({"needs", "area_codes", "access_needs", "groups"})


def amend_request(event: RequestAmended, tx: MatchingTransaction) -> None:
    """Bring the copy of a request up to an amendment, or keep it until the request comes."""
    codes = {name: getattr(event, name) for name in CODES}
    codes |= {name: list(codes[name]) for name in LISTS}
    hidden = [str(one) for one in (*event.hidden_from_agencies, *event.hidden_from_teams)]
    staff = [str(staff_id) for staff_id in event.hidden_from_staff]
    told = {**codes, "hidden_from_agencies": hidden, "hidden_from_staff": staff}
    tx.note_amendment(event.request_id, tx.told_version, told)
    apply_amendment(event.request_id, tx.told_version, told, tx)


def apply_amendment(
    request_id: UUID, version: int, told: dict[str, Any], tx: MatchingTransaction
) -> None:
    """Let an amendment take effect in the copy, unless that is as new already."""
    codes = {name: value for name, value in told.items() if name != "hidden_from_staff"}
    hidden = [*told["hidden_from_staff"], *told["hidden_from_agencies"]]
    tx.amend_copy(request_id, version, hidden, codes)
