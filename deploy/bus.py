"""`python -m deploy.bus`: the broker's queues and parked mail, for whoever keeps the hub running.

Reaches the hub that `make up` started in the data folder, or what the environment names by
ONWARD_AMQP_URL_* and ONWARD_DATABASE_URL_*, as the services do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from deploy.served.plan import Plan
from deploy.words import counted, message_number, moment
from shared.bus import broker_mail, topology
from shared.bus.catalogue import ALL_SERVICES
from shared.clock import SystemClock
from shared.errors import InvalidError, OnwardError
from shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.storage import Store

    Run = Callable[[argparse.Namespace], int]


FAILED = 2
NO_BROKER = "`make up` never ran in this data folder, and a hub in one process has `make doctor`"


def main() -> int:
    """Do what the command line asks; return 1 if something is wrong or unknown, 2 if it failed."""
    asked = _arguments().parse_args()
    try:
        return int(asked.run(asked))
    except OnwardError as error:
        print(error, file=sys.stderr)
        return FAILED


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy.bus", description=__doc__)
    words = parser.add_subparsers(required=True, metavar="WORD")
    plain: tuple[tuple[str, Run, str], ...] = (
        ("declare", declare, "make the exchanges and queues that are missing"),
        ("check", check, "say what is missing, or is not as it must be"),
        ("parked", parked, "list what could not be handled, and why"),
    )
    for name, run, told in plain:
        words.add_parser(name, help=told).set_defaults(run=run)
    one = words.add_parser("show", help="show one parked message")
    gone = words.add_parser("discard", help="drop parked messages that nobody will ever need")
    again = words.add_parser("replay", help="hand parked mail to its service again")
    since = words.add_parser("resend", help="send again what a service announced since a moment")
    named: tuple[tuple[argparse.ArgumentParser, Run], ...] = (
        (one, show),
        (gone, discard),
        (again, replay),
        (since, resend),
    )
    for word, run in named:
        everyone = ("all",) if run is resend else ()
        chosen = (*ALL_SERVICES, *everyone)
        word.add_argument("service", choices=chosen, metavar="SERVICE", help=", ".join(chosen))
        word.set_defaults(run=run)
    for word, many, told in (
        (one, None, "its number, as `parked` lists it"),
        (gone, "+", "their numbers"),
        (again, "?", "one message; all of them without"),
    ):
        word.add_argument("id", type=message_number, nargs=many, metavar="MESSAGE", help=told)
    known: dict[str, Any] = {"type": moment, "required": True, "metavar": "MOMENT"}
    since.add_argument("--since", help="as 2026-11-21T20:35, in UTC", **known)
    return parser


def declare(_asked: argparse.Namespace) -> int:
    """Declare the topology with an administrator's rights."""
    topology.declare(_admin(), readers())
    print("Exchanges and queues are in place.")
    return 0


def check(_asked: argparse.Namespace) -> int:
    """Print what is wrong with the topology."""
    faults = topology.check(_admin(), readers())
    print("\n".join(faults) or "Exchanges and queues are as they must be.")
    return 1 if faults else 0


def parked(_asked: argparse.Namespace) -> int:
    """Print every parked message of every service that the environment names."""
    count = 0
    for service in [name for name in ALL_SERVICES if _settings().amqp(name)] or _nobody():
        for one in broker_mail.parked_mail(_url(service), _store(service)):
            count += 1
            told = f"{one.type} from {one.announcer}: {one.reason}"
            print(f"{one.since:%F %T}  {service:<9} {one.message_id}  {told}")
    print(f"{counted(count, 'message')} {'is' if count == 1 else 'are'} parked.")
    return 1 if count else 0


def show(asked: argparse.Namespace) -> int:
    """Print one parked message: why it lies there, its headers, and the names of its fields."""
    url, store = _url(asked.service), _store(asked.service)
    found = broker_mail.shown(url, store, asked.id)
    if found is None:
        return _unknown()
    for one in broker_mail.parked_mail(url, store):
        if one.message_id == asked.id:
            print(f"set aside by {one.subscriber} at {one.since:%F %T} UTC: {one.reason}")
            print(f"said by {one.announcer}")
    for name, said in sorted(found.items()):
        print(f"{name}: {said if isinstance(said, str) else json.dumps(said, default=str)}")
    return 0


def replay(asked: argparse.Namespace) -> int:
    """Hand parked mail to its service again."""
    count = broker_mail.hand_again(_url(asked.service), _store(asked.service), asked.id)
    if asked.id and not count:
        return _unknown()
    print(f"Handed to {asked.service} again: {counted(count, 'message')}.")
    return 0


def discard(asked: argparse.Namespace) -> int:
    """Drop parked messages for good."""
    count = broker_mail.discard(_url(asked.service), _store(asked.service), asked.id)
    if count:
        print(f"Dropped, and never heard by {asked.service}: {counted(count, 'message')}.")
    return 0 if count == len(set(asked.id)) else _unknown()


def resend(asked: argparse.Namespace) -> int:
    """Let a service's relay, or every one's, send again what it announced since a moment."""
    for service in ALL_SERVICES if asked.service == "all" else (asked.service,):
        _url(service)  # without a broker nothing is sent, and no database is made by asking
        count = broker_mail.send_again(_store(service), asked.since)
        print(f"{service} sends {counted(count, 'message')} again; readers drop what they had.")
    return 0


def readers() -> dict[str, frozenset[str] | None]:
    """Return which types each service hears, None for all."""
    workers = [_module(name).create_worker(_settings(), _store(name)) for name in ALL_SERVICES]
    return {worker.name: worker.types for worker in workers}


def _module(service: str) -> Any:  # noqa: ANN401 - a service's package
    return import_module(f"services.{service}")


def _store(service: str) -> Store[Any]:
    store: Store[Any] = _module(service).create_store(_settings(), SystemClock())
    return store


def _settings() -> Settings:
    """Return the settings of the served hub in the data folder, else those of the environment."""
    named = Settings.from_environment()
    plan = Plan.read(named.var)
    return plan.settings() if plan and not named.brokers else named


def _url(service: str) -> str:
    url = _settings().amqp(service)
    if url is None:
        raise InvalidError(f"ONWARD_AMQP_URL_{service.upper()} must name the broker; {NO_BROKER}")
    return url


def _nobody() -> list[str]:
    raise InvalidError(f"No broker is named; {NO_BROKER}")


def _admin() -> str:
    plan = Plan.read(Settings.from_environment().var)
    url = os.environ.get("ONWARD_AMQP_URL") or (plan.administrators.get("broker") if plan else None)
    if not url:
        told = "ONWARD_AMQP_URL must name the broker by an administrator's URL"
        raise InvalidError(f"{told}; {NO_BROKER}")
    return url


def _unknown() -> int:
    print("No such message is parked.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
