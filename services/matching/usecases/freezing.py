"""What decided a choice, frozen: codes and figures from which the same choice follows again.

Promise: it lies beside the referral or the gap it led to, is shown to nobody as it is, and goes
when the request is erased.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.capacity import Places, Standing
from services.matching.domain.choice import Entry
from services.matching.domain.criteria import Situation, wards_and_lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.matching.domain.choice import Choice
    from services.matching.domain.criteria import Criteria
    from services.matching.storage.guide_index import Option

REFERRER_OF = {
    "SELF_WEB": "self",
    "SELF_PHONE": "self",
    "SELF_WALKIN": "self",
    "ASSISTED_OUTREACH": "outreach",
    "LIST_CASEFIND": "outreach",
    "CONCERN_NEIGHBOUR": "neighbour",
    "CONCERN_FAMILY": "family",
    "PARTNER_WEB": "professional",
    "PARTNER_API": "professional",
    "PARTNER_PHONE": "professional",
}
"""Which kind of referrer each source is, as rules read it."""


def situation_of(told: Any, source: str) -> Situation:  # noqa: ANN401 - an event or a row
    """Return what is known of the person, as the criteria read it.

    *told* is a request as it was heard, or the copy of it.
    """
    areas, lists = wards_and_lists(told.area_codes)
    return Situation(
        needs=tuple(told.needs),
        area_codes=areas,
        age=told.age,
        language=told.language,
        threshold=told.threshold,
        groups=tuple(told.groups),
        lists=lists,
        referrer=REFERRER_OF.get(source),
    )


def frozen(
    choice: Choice,
    situation: Situation,
    options: Mapping[UUID, Option],
    consented: Iterable[UUID],
    named: Sequence[UUID],
    now: datetime,
) -> dict[str, Any]:
    """Return all that *choice* follows from."""
    asked = {entry.agency_id for entry in choice.decisive}
    return {
        "at": now.isoformat(),
        "situation": _situation(situation),
        "named": [str(service_id) for service_id in dict.fromkeys(named)],
        "consented": sorted(str(agency) for agency in asked & set(consented)),
        "services": [_service(e, options[e.service_id].version) for e in choice.decisive],
        "out_of_area": sorted(
            need
            for failure in choice.failures
            if "OUT_OF_AREA" in failure.reasons
            for need in failure.needs
        ),
    }


def _situation(situation: Situation) -> dict[str, Any]:
    return {
        "needs": situation.needs,
        "area_codes": situation.area_codes,
        "age": situation.age,
        "language": situation.language,
        "threshold": situation.threshold,
        "groups": situation.groups,
        "lists": situation.lists,
        "referrer": situation.referrer,
    }


def _service(entry: Entry, version: int) -> dict[str, Any]:
    standing, figure = entry.standing, entry.standing.places
    return {
        "id": str(entry.service_id),
        "agency": str(entry.agency_id),
        "version": version,
        "profile": standing.clock_profile,
        "reviewed_on": standing.reviewed_on.isoformat(),
        "closed": standing.closed,
        "paused": standing.paused,
        "forecast": standing.forecast_wait_days,
        "offered": _moment(entry.last_offered_at),
        "barred": entry.barred,
        "places": figure
        and [
            figure.places,
            _moment(figure.as_of),
            figure.takes_waiting_list,
            figure.reserved,
            figure.accepted,
            figure.version,
        ],
    }


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def thawed_situation(told: Mapping[str, Any]) -> Situation:
    """Return what was known of the person."""
    lists = ("needs", "area_codes", "groups", "lists")
    return Situation(**{**told, **{name: tuple(told[name]) for name in lists}})


def thawed_entry(told: Mapping[str, Any], criteria: Criteria) -> Entry:
    """Return a service as it was when the choice was made, under *criteria* of that version."""
    figure, offered = told["places"], told["offered"]
    standing = Standing(
        places=_places(figure) if figure else None,
        reviewed_on=date.fromisoformat(told["reviewed_on"]),
        clock_profile=told["profile"],
        closed=told["closed"],
        paused=told["paused"],
        forecast_wait_days=told["forecast"],
    )
    return Entry(
        service_id=UUID(told["id"]),
        agency_id=UUID(told["agency"]),
        criteria=criteria,
        standing=standing,
        forecast_wait_days=told["forecast"],
        last_offered_at=datetime.fromisoformat(offered) if offered else None,
        barred=told["barred"],
    )


def _places(told: Sequence[Any]) -> Places:
    places, as_of, waits, reserved, accepted, version = told
    return Places(places, datetime.fromisoformat(as_of), waits, reserved, accepted, version)
