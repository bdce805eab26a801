"""Who may do what on the broker: one user per service, written from the catalogue.

Promise: a service writes only the types it announces, by exact name, and reads only its own two
queues; nobody but an administrator may change the topology.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.bus.catalogue import ALL_SERVICES, CATALOGUE
from shared.bus.topology import AGAIN, EVENTS, parked_queue, work_queue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

VHOST = "onward"
NOTHING = "^$"
HASHING = "rabbit_password_hashing_sha256"


@dataclass(frozen=True, slots=True)
class BusUser:
    """One service on the broker, and the types that it may announce."""

    name: str
    announces: tuple[str, ...]


def announcers() -> dict[str, frozenset[str]]:
    """Return which services may announce each type of the catalogue."""
    return {kind: frozenset(entry.announcers) for kind, entry in CATALOGUE.items()}


def bus_users(
    services: Iterable[str] = ALL_SERVICES, allowed: Mapping[str, frozenset[str]] | None = None
) -> list[BusUser]:
    """Return the users that the catalogue, or what is *allowed*, asks for."""
    by_type = announcers() if allowed is None else allowed
    return [
        BusUser(service, tuple(sorted(kind for kind, who in by_type.items() if service in who)))
        for service in services
    ]


def definitions(users: Sequence[BusUser], passwords: Mapping[str, str]) -> dict[str, Any]:
    """Return RabbitMQ definitions (rabbitmq.com/docs/definitions) of *users* and their rights.

    *passwords* names every user; whoever is in it and not a service administers the broker.
    """
    services = {user.name for user in users}
    admins = [name for name in passwords if name not in services]
    return {
        "vhosts": [{"name": VHOST}],
        "users": [_user(name, word, admin=name in admins) for name, word in passwords.items()],
        "permissions": [
            *(_may(name, configure=".*", write=".*", read=".*") for name in admins),
            *(_may(user.name, write=_only(EVENTS, AGAIN), read=_own(user.name)) for user in users),
        ],
        "topic_permissions": [
            rule
            for user in users
            for rule in (
                _topics(user.name, EVENTS, user.announces),
                _topics(user.name, AGAIN, (user.name,)),
            )
        ],
    }


def _own(service: str) -> str:
    return _only(work_queue(service), parked_queue(service))


def _only(*names: str) -> str:
    """Return the pattern that fits exactly these names; RabbitMQ would search for parts of it."""
    return f"^({'|'.join(map(re.escape, names))})$" if names else NOTHING


def _may(
    user: str, *, configure: str = NOTHING, write: str = NOTHING, read: str = NOTHING
) -> dict[str, str]:
    rights = {"configure": configure, "write": write, "read": read}
    return {"user": user, "vhost": VHOST, **rights}


def _topics(user: str, exchange: str, keys: tuple[str, ...]) -> dict[str, str]:
    where = {"user": user, "vhost": VHOST, "exchange": exchange}
    return {**where, "write": _only(*keys), "read": NOTHING}


def _user(name: str, password: str, *, admin: bool) -> dict[str, Any]:
    salt = secrets.token_bytes(4)
    hashed = hashlib.sha256(salt + password.encode()).digest()
    return {
        "name": name,
        "password_hash": base64.b64encode(salt + hashed).decode(),
        "hashing_algorithm": HASHING,
        "tags": ["administrator"] if admin else [],
    }
