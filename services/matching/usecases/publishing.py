"""Keeping the referral guide as a partnership hands it in, and how many places there are.

Promise: handing in the same guide twice changes and announces nothing, and never undoes what
an agency wrote or decided here since. A figure of places never overrides a newer one.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from services.matching.deals_schema import read_deals
from services.matching.domain.clocks import local_date
from services.matching.domain.entries import SHARED
from services.matching.errors import CapacityRefusedError, ServiceNotFoundError
from services.matching.guide_schema import read_guide
from services.matching.messages import AgencyChanged
from services.matching.usecases.editing import resolve_all, write_entry
from services.matching.usecases.keeping_deals import publish_deals
from services.matching.usecases.panels import publish_panels
from services.matching.usecases.telling import tell_capacity, tell_service
from shared.errors import Fault, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

AGENCY = ("name", "kind", "active", "mailbox", "phone")
STATE = ("status", "closure")
BESIDE = ("id", "agency_id", *STATE, "reviewed_days_ago", "capacity")


def publish_guide(data: Mapping[str, Any], tx: MatchingTransaction) -> None:
    """Take a partnership's whole guide: `partnership`, `agencies` and `services`.

    What is already as told stays untouched; times told as days ago count from its first telling.
    """
    guide = read_guide(data)
    tx.keep_nation(guide["partnership"]["nation"], guide["partnership"]["sending"])
    for agency in guide["agencies"]:
        _publish_agency(agency, tx)
    for service in guide["services"]:
        _publish_service(service, tx)
    deals = read_deals(data)
    publish_deals(deals, tx)
    publish_panels(deals["panels"], tx)


def set_capacity(
    service_id: UUID,
    places: int,
    as_of: datetime | None,
    tx: MatchingTransaction,
    *,
    takes_waiting_list: bool,
) -> None:
    """Write an agency's own figure; less than is promised cancels nothing, and is marked."""
    service = tx.service_row(service_id)
    if service is None:
        raise ServiceNotFoundError
    if tx.actor.kind != "system" and tx.actor.agency_id != service.agency_id:
        # Whoever may not see the entry must not learn here that it exists.
        if service.listed == "by_worker_only":
            raise ServiceNotFoundError
        raise ForbiddenError("Only the agency that runs the service may say how many places.")
    moment = as_of or tx.now
    _check_moment(service_id, moment, tx)
    tx.keep_figure(service_id, places, moment, takes_waiting_list=takes_waiting_list)
    tell_capacity(service_id, tx)


def _check_moment(service_id: UUID, moment: datetime, tx: MatchingTransaction) -> None:
    known = tx.capacity(service_id)
    if moment > tx.now:
        _refuse("The figure is from the future.")
    if known is not None and known.as_of is not None and moment < known.as_of:
        _refuse("There is a newer figure already.")


def _refuse(detail: str) -> None:
    raise CapacityRefusedError(detail, [Fault("/as_of", detail)])


def _publish_agency(agency: Mapping[str, Any], tx: MatchingTransaction) -> None:
    known = tx.agency(agency["id"])
    values = {name: agency[name] for name in AGENCY}
    if known is None or any(getattr(known, name) != values[name] for name in AGENCY):
        version = known.version + 1 if known is not None else 1
        tx.keep_agency(agency["id"], version, values)
        tx.announce(AgencyChanged(agency_id=agency["id"], **values), sequence=version)
    _publish_shared(agency, tx)


def _publish_shared(agency: Mapping[str, Any], tx: MatchingTransaction) -> None:
    """Keep what an agency says for all its services, unless this was handed in before."""
    shared = {name: agency["shared"].get(name) for name in SHARED}
    given, row = _digest(shared), tx.shared_row(agency["id"])
    if (row is None and not any(shared.values())) or (row is not None and row.given == given):
        return
    reviewed_on = _days_ago(agency["reviewed_days_ago"], tx) if row is None else row.reviewed_on
    tx.keep_shared(agency["id"], shared, reviewed_on=reviewed_on, given=given)
    resolve_all(agency["id"], tx)


def _publish_service(service: Mapping[str, Any], tx: MatchingTransaction) -> None:
    own = {name: value for name, value in service.items() if name not in BESIDE}
    state = {name: service[name] for name in STATE}
    given, given_state = _digest(own, service["agency_id"]), _digest(state)
    row, known = tx.own_row(service["id"]), tx.service_row(service["id"])
    if row is not None and (row.given, row.given_state) == (given, given_state):
        return
    if known is None:
        _first_time(service, own, tx)
    else:
        anew = row is None or row.given_state != given_state
        if anew:
            tx.change_service(service["id"], **_state(service, tx))
        differs = row is None or row.given != given
        told = differs and write_entry(service["id"], service["agency_id"], own, tx)
        if anew and not told:
            tell_service(service["id"], tx)
    tx.keep_own(
        service["id"], tx.own_of(service["id"]) or own, given=given, given_state=given_state
    )


def _first_time(service: Mapping[str, Any], own: dict[str, Any], tx: MatchingTransaction) -> None:
    reviewed_on = _days_ago(service["reviewed_days_ago"], tx)
    figure = service["capacity"]
    write_entry(
        service["id"],
        service["agency_id"],
        own,
        tx,
        reviewed_on=reviewed_on,
        **_state(service, tx),
    )
    if figure:
        as_of = tx.now - timedelta(days=figure["as_of_days_ago"])
        waiting = figure["takes_waiting_list"]
        tx.keep_figure(service["id"], figure["places"], as_of, takes_waiting_list=waiting)
        tell_capacity(service["id"], tx)


def _days_ago(days: int | None, tx: MatchingTransaction) -> date | None:
    return None if days is None else local_date(tx.now) - timedelta(days)


def _state(service: Mapping[str, Any], tx: MatchingTransaction) -> dict[str, Any]:
    closed = service["status"] == "closed_to_referrals"
    return {
        "closed": closed,
        "paused": service["status"] == "paused_by_network",
        "closure": _closure(service["closure"], tx) if closed and service["closure"] else None,
    }


def _closure(told: Mapping[str, Any], tx: MatchingTransaction) -> dict[str, str]:
    said = {name: told[name] for name in ("decided_by", "reason", "plan_for_waiting")}
    decided_at = tx.now - timedelta(told["decided_days_ago"])
    until = local_date(tx.now) + timedelta(told["reopens_in_days"])
    return {**said, "decided_at": decided_at.isoformat(), "until": until.isoformat()}


def _digest(*values: object) -> str:
    text = orjson.dumps(values, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(text).hexdigest()
