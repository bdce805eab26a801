"""Keeping the referral guide: agencies, entries, and how many places there are.

Promise: publishing the same guide twice changes and announces nothing; every change of an
entry is a new version. A figure of places never overrides a newer one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson

from services.matching.errors import CapacityRefusedError, ServiceNotFoundError
from services.matching.guide_schema import read_guide
from services.matching.messages import AgencyChanged
from services.matching.usecases.telling import tell_capacity, tell_service
from shared.errors import Fault, ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from services.matching.storage import MatchingTransaction

AGENCY = ("name", "kind", "active", "mailbox", "phone")
BESIDE = ("id", "agency_id", "listed", "status", "closure", "reviewed_days_ago", "capacity")


def publish_guide(data: Mapping[str, Any], tx: MatchingTransaction) -> None:
    """Take a partnership's whole guide: `partnership`, `agencies` and `services`.

    What is already as told stays untouched; times told as days ago count from its first telling.
    """
    guide = read_guide(data)
    tx.keep_nation(guide["partnership"]["nation"])
    for agency in guide["agencies"]:
        _publish_agency(agency, tx)
    for service in guide["services"]:
        _publish_service(service, tx)


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
    if known is not None and all(getattr(known, name) == values[name] for name in AGENCY):
        return
    version = known.version + 1 if known is not None else 1
    tx.keep_agency(agency["id"], version, values)
    tx.announce(AgencyChanged(agency_id=agency["id"], **values), sequence=version)


def _publish_service(service: Mapping[str, Any], tx: MatchingTransaction) -> None:
    values, known = _columns(service), tx.service_row(service["id"])
    if known is not None and all(getattr(known, name) == values[name] for name in values):
        return
    version = known.version + 1 if known is not None else 1
    today = tx.now.date()
    reviewed_on = known.reviewed_on if known else today - timedelta(service["reviewed_days_ago"])
    tx.keep_service(service["id"], version, {**values, "reviewed_on": reviewed_on})
    if known is None:
        tx.begin_capacity(service["id"])
    tell_service(service["id"], tx)
    if known is None and service["capacity"]:
        figure = service["capacity"]
        as_of = tx.now - timedelta(days=figure["as_of_days_ago"])
        waiting = figure["takes_waiting_list"]
        tx.keep_figure(service["id"], figure["places"], as_of, takes_waiting_list=waiting)
        tell_capacity(service["id"], tx)


def _columns(service: Mapping[str, Any]) -> dict[str, Any]:
    entry = {name: value for name, value in service.items() if name not in BESIDE}
    return {
        "agency_id": service["agency_id"],
        "entry": orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode(),
        "listed": service["listed"],
        "closed": service["status"] == "closed_to_referrals",
        "paused": service["status"] == "paused_by_network",
        "closure": service["closure"],
    }
