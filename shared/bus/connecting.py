"""Reach the broker, or say in one sentence why not and where its address came from."""

from __future__ import annotations

import os
import random
import sys
from threading import Lock
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

import structlog
from amqp.exceptions import AccessRefused, AMQPError, NotAllowed
from kombu.connection import Connection
from kombu.exceptions import OperationalError

from shared.errors import OnwardError, Permanent, Transient

if TYPE_CHECKING:
    from threading import Event

HEARTBEAT = 20  # seconds; kombu's own default is to have none
CONNECT_TIMEOUT = 5.0
PATIENCE = 60.0  # seconds to wait for a broker that is starting
TEMPORARY_FAILURE, WRONG_CONFIGURATION = 75, 78  # sysexits.h
LOST = (AMQPError, OperationalError, OSError)
"""What a connection raises when the broker is gone."""
LEAVING = Lock()
log = structlog.get_logger("onward.bus")


class BrokerRefusesError(Permanent):
    """The broker's URL is wrong, or it does not let us in."""


class BrokerUnreachableError(Transient):
    """No broker answers."""


class BrokerLostError(Transient):
    """The broker has closed the connection, or says nothing about what it was sent."""


class QueueMissingError(Transient):
    """The queue of this service is not on the broker."""


def origin_of(service: str) -> str:
    """Return the setting that names the broker for *service*."""
    return f"ONWARD_AMQP_URL_{service.upper()}"


def connected(url: str, origin: str) -> Connection:
    """Return an open connection to the broker at *url*, which the setting *origin* names."""
    where = _place(url, origin)
    connection = Connection(url, heartbeat=HEARTBEAT, connect_timeout=CONNECT_TIMEOUT)
    try:
        connection.ensure_connection(max_retries=0, reraise_as_library_errors=False)
    except AccessRefused as error:
        raise BrokerRefusesError(f"{where} refuses the user or password in {origin}") from error
    except NotAllowed as error:
        raise BrokerRefusesError(f"{where} has no such virtual host as {origin} names") from error
    except LOST as error:
        raise BrokerUnreachableError(f"{where}, named in {origin}, does not answer") from error
    return connection


def reached(url: str, origin: str, stop: Event, patience: float = PATIENCE) -> Connection | None:
    """Return an open connection, waiting for a broker that is starting; None when stopped."""
    pause, left = 0.1, patience
    while not stop.is_set():
        try:
            return connected(url, origin)
        except BrokerUnreachableError:
            if left <= 0:
                raise
            log.warning("waiting_for_broker", seconds=round(left))
        stop.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing
        left, pause = left - pause, min(2.0, pause * 2)
    return None


def _place(url: str, origin: str) -> str:
    wrong = f"{origin} must be a URL like amqp://user:password@host:5672/onward"
    try:
        parts = urlsplit(url)
        port = parts.port or 5672
    except ValueError as error:
        raise BrokerRefusesError(wrong) from error
    if parts.scheme not in {"amqp", "amqps"} or not parts.hostname:
        raise BrokerRefusesError(wrong)
    return f"the broker at {parts.hostname}:{port}"


def leave(error: Exception) -> NoReturn:
    """End this process at once, as a crash would: whoever supervises it starts it again.

    A polite close can hang for minutes on a broker in trouble, and nothing needs it: what
    counts is in the tables. Of several threads that leave at once, one says why.
    """
    with LEAVING:
        if isinstance(error, OnwardError):
            sys.stderr.write(f"{error}\n")
        else:
            log.critical("bus_lost", kind=type(error).__name__, exc_info=error)
        sys.stderr.flush()
        os._exit(WRONG_CONFIGURATION if isinstance(error, Permanent) else TEMPORARY_FAILURE)
