"""`make doctor`: what stands in the way of this hub's work, and what may be done about it.

Reads databases, queues and programs, beside a running hub or a stopped one; changes only what
it is told to. It looks at what `make up` made if that runs, else at the hub of `make run`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

from deploy.doctor_looking import SERVICES, look
from deploy.doctor_report import findings, screen
from deploy.served.plan import Plan
from deploy.served.supervising import Supervisor
from deploy.words import message_number
from shared.alarms import alarms, clear_alarm
from shared.bus import broker_mail
from shared.bus.parked import Parked, hand_again, hand_all_again, parked
from shared.errors import OnwardError
from shared.settings import Settings
from shared.storage import Store, metadata_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from uuid import UUID

    Stores = Mapping[str, Store[Any]]


RESEND = "With a broker, `python -m deploy.bus resend SERVICE --since MOMENT` sends again."
UNFOLDED, INSET = 10_000, 10  # columns: of no terminal at all, and before the second line


def main(arguments: list[str] | None = None) -> int:
    """Report, or do what is asked; return 0 when nothing stands in the way."""
    asked = _asked(arguments)
    try:
        settings, plan = deployment(Settings.from_environment(), served=asked.served)
        if asked.retry or asked.replay_to or asked.clear is not None:
            return act(asked, settings)
        facts = look(settings, plan)
    except AnotherToolError as error:
        print(error, file=sys.stderr)
        return 2
    except OnwardError as error:
        print(f"The hub cannot be looked at: {error}", file=sys.stderr)
        return 2
    width = shutil.get_terminal_size((UNFOLDED, 0)).columns
    lines = (line for told in screen(facts) for line in told.split("\n"))
    print(*(part for line in lines for part in folded(line, width)), sep="\n")
    return 1 if findings(facts) else 0


def folded(line: str, width: int) -> list[str]:
    """Return *line* as lines that a terminal of *width* shows whole, the later ones set in."""
    if len(line) <= width:
        return [line]
    inset = " " * (len(line) - len(line.lstrip()) or INSET)
    return textwrap.wrap(
        line, width, subsequent_indent=inset, break_long_words=False, break_on_hyphens=False
    )


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("--served", action="store_true", help="look at what `make up` made")
    again = "hand this parked message over again"
    parser.add_argument("--retry", type=message_number, metavar="MESSAGE", help=again)
    # Only audit: what others do when they hear of something would be done and announced twice.
    parser.add_argument("--replay-to", choices=["audit"], help="hand it everything over again")
    down = "take this alarm down, once its cause is gone"
    parser.add_argument("--clear", metavar="ALARM", help=down)
    return parser.parse_args(arguments)


def deployment(settings: Settings, *, served: bool = False) -> tuple[Settings, Plan | None]:
    """Return the settings of what is to be looked at, and the plan of what `make up` made."""
    if settings.brokers:
        return settings, None  # an operator names every URL
    plan = Plan.read(settings.var)
    here = any(path_of(settings, name).exists() for name in SERVICES)
    if plan is None or not plan.databases:
        if served or not here:
            raise NothingHereError(f"there is no hub in {settings.var}")
        return settings, None
    if served or not here or Supervisor(plan).pid() is not None:
        return plan.settings(), plan
    return settings, None


def path_of(settings: Settings, service: str) -> Path:
    """Return the file of *service*'s database where it is one."""
    return settings.var / f"{service}.sqlite3"


def open_stores(settings: Settings) -> Stores:
    """Open the part of each database that every service has, to change it."""
    return {name: Store(settings.database(name), metadata_for(name)) for name in SERVICES}


class NothingHereError(OnwardError):
    """The data folder holds no hub."""


class AnotherToolError(OnwardError):
    """What was asked is done by another tool."""


def act(asked: argparse.Namespace, settings: Settings) -> int:
    """Do what is asked."""
    if settings.brokers and asked.replay_to:
        raise AnotherToolError(RESEND)
    stores = open_stores(settings)
    if asked.clear is not None:
        return clear(asked.clear, stores)
    if settings.brokers:
        return retry_from_broker(asked.retry, stores, settings)
    return retry(asked.retry, stores) if asked.retry else replay(asked.replay_to, stores)


def retry(message_id: UUID, stores: Stores) -> int:
    """Hand a parked message over again, to everyone who set it aside."""
    found = [one for one in _all_parked(stores) if one.message_id == message_id]
    for one in found:
        hand_again(one, stores[one.announcer], stores[one.subscriber])
        print(f"{one.subscriber} is given {one.type} again within seconds of being idle.")
    if not found:
        print(f"No message {message_id} is parked.", file=sys.stderr)
    return 0 if found else 1


def retry_from_broker(message_id: UUID, stores: Stores, settings: Settings) -> int:
    """Hand a message that lies in parked queues to those services again."""
    found = [
        name
        for name, store in stores.items()
        if broker_mail.hand_again(settings.brokers[name], store, message_id)
    ]
    for name in found:
        print(f"{name} is given {message_id} again.")
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
    standing: set[str] = set()
    for store in stores.values():
        with store.begin() as tx:
            standing |= {one.name for one in alarms(tx)}
            clear_alarm(tx, name)
    if name not in standing:
        known = f"what stands is {', '.join(sorted(standing))}" if standing else "none stands"
        print(f"No alarm {name!r} stands; {known}.", file=sys.stderr)
        return 1
    print(f"{name} is taken down; it comes back if its cause is still there.")
    return 0


def _all_parked(stores: Stores) -> list[Parked]:
    return [one for store in stores.values() for one in parked(store)]


if __name__ == "__main__":
    sys.exit(main())
