"""`make doctor`: what stands in the way of this hub's work, and what may be done about it.

Reads the databases, beside a running hub or a stopped one; changes only what it is told to.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select

from shared.alarms import alarms, clear_alarm
from shared.bus.parked import Parked, hand_again, hand_all_again, parked
from shared.errors import OnwardError
from shared.settings import Settings
from shared.storage import Store, metadata_for
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Stores = Mapping[str, Store[Any]]

SERVICES = ("identity", "intake", "matching", "notify", "audit")
RUNBOOK = "docs/runbook.md"


def main(arguments: list[str] | None = None) -> int:
    """Report, or do what is asked; return 0 when nothing stands in the way."""
    asked = _asked(arguments)
    try:
        stores = open_stores(Settings.from_environment())
        if asked.retry:
            return retry(asked.retry, stores)
        if asked.replay_to:
            return replay(asked.replay_to, stores)
        if asked.clear:
            return clear(asked.clear, stores)
        lines = list(report(stores))
    except OnwardError as error:
        print(f"The hub cannot be looked at: {error}", file=sys.stderr)
        return 2
    print(*(lines or ["Nothing stands in the way."]), sep="\n")
    return 1 if lines else 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("--retry", type=UUID, help="hand this parked message over again")
    # Only audit: what others do when they hear of something would be done and announced twice.
    parser.add_argument("--replay-to", choices=["audit"], help="hand it everything over again")
    parser.add_argument("--clear", help="take this alarm down, once its cause is gone")
    return parser.parse_args(arguments)


def open_stores(settings: Settings) -> Stores:
    """Open the part of each database that every service has."""
    places = {name: settings.database(name) for name in SERVICES}
    for place in map(open_database, places.values()):
        if not place.exists():
            raise NothingHereError(f"there is no {place.name}")
    return {name: Store(place, metadata_for(name)) for name, place in places.items()}


class NothingHereError(OnwardError):
    """The data folder holds no hub."""


def report(stores: Stores) -> Iterable[str]:
    """Name each alarm, each parked message, and what has not been carried yet."""
    for name, store in stores.items():
        with store.read() as tx:
            for alarm in alarms(tx):
                since = f"{alarm.since:%Y-%m-%d %H:%M:%S}"
                yield f"ALARM    {name} {alarm.name} since {since}: {alarm.fact}"
                yield f"         -> {RUNBOOK}#{alarm.anchor}"
    for one in _all_parked(stores):
        yield f"PARKED   {one.message_id} {one.type} from {one.announcer} for {one.subscriber}"
        yield f"         since {one.since:%Y-%m-%d %H:%M:%S}: {one.reason}"
    for name, store in stores.items():
        count, oldest = _waiting(store)
        if count:
            yield f"WAITING  {count} messages of {name}, the oldest since {oldest}"


def retry(message_id: UUID, stores: Stores) -> int:
    """Hand a parked message over again, to everyone who set it aside."""
    found = [one for one in _all_parked(stores) if one.message_id == message_id]
    for one in found:
        hand_again(one, stores[one.announcer], stores[one.subscriber])
        print(f"{one.subscriber} is given {one.type} again within seconds of being idle.")
    if not found:
        print(f"No message {message_id} is parked.", file=sys.stderr)
    return 0 if found else 1


def replay(subscriber: str, stores: Stores) -> int:
    """Hand one service everything that is kept; it drops what it has."""
    count = sum(hand_all_again(store, subscriber) for store in stores.values())
    print(f"{subscriber} is given {count} messages again within seconds of being idle.")
    return 0


def clear(name: str, stores: Stores) -> int:
    """Take the alarm *name* down wherever it stands."""
    for store in stores.values():
        with store.begin() as tx:
            clear_alarm(tx, name)
    print(f"{name} is taken down; it comes back if its cause is still there.")
    return 0


def _all_parked(stores: Stores) -> list[Parked]:
    return [one for store in stores.values() for one in parked(store)]


def _waiting(store: Store[Any]) -> tuple[int, str]:
    outbox = store.metadata.tables["outbox"]
    query = select(func.count(), func.min(outbox.c.created_at))
    with store.read() as tx:
        count, oldest = tx.execute(query.where(outbox.c.published_at.is_(None))).one()
    return int(count), str(oldest)


if __name__ == "__main__":
    sys.exit(main())
