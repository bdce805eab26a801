"""Users on a broker that is not ours, made through its management API.

Promise: each service's user may do there what it may do on a private node, and no more.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from deploy.private import write_secret
from deploy.served import SERVICES
from shared.bus.users import VHOST, bus_users, definitions
from shared.errors import InvalidError, Transient

if TYPE_CHECKING:
    from pathlib import Path
    from urllib.parse import SplitResult

PATIENCE = urllib3.Timeout(connect=3.0, read=20.0)
PASSWORDS = "broker-passwords.json"
WRONG = "ONWARD_AMQP_URL must be a URL like amqp://administrator:password@host:5672/"
MANAGEMENT = "http://{}:15672"  # unless the URL says ?management=...


class ManagementError(Transient):
    """The broker's management API does not do what it is asked."""


def declare_users(administrator: str, folder: Path) -> dict[str, str]:
    """Make the virtual host and a user for each service; return the services' URLs."""
    place = _place(administrator)
    words = _passwords(folder)
    wanted = definitions(bus_users(), words)
    rights = {"configure": ".*", "write": ".*", "read": ".*"}
    mine = {"user": unquote(place.username or ""), "vhost": VHOST, **rights}
    wanted["permissions"].append(mine)
    _post(place, wanted)
    where = f"{place.hostname}:{place.port or 5672}/{VHOST}"
    return {name: f"{place.scheme}://{name}:{quote(words[name])}@{where}" for name in SERVICES}


def administrator_of(url: str) -> str:
    """Return the administrator's URL, led to the virtual host that is ours."""
    place = _place(url)
    return f"{place.scheme}://{place.netloc}/{VHOST}"


def _place(url: str) -> SplitResult:
    place = urlsplit(url)
    if place.scheme not in {"amqp", "amqps"} or not place.hostname or not place.username:
        raise InvalidError(WRONG)
    return place


def _post(place: SplitResult, wanted: dict[str, object]) -> None:
    asked = parse_qs(place.query).get("management", [MANAGEMENT.format(place.hostname)])[0]
    where = f"{asked.rstrip('/')}/api/definitions"
    who = f"{unquote(place.username or '')}:{unquote(place.password or '')}"
    headers = urllib3.make_headers(basic_auth=who) | {"Content-Type": "application/json"}
    try:
        answer = urllib3.request(
            "POST", where, body=json.dumps(wanted), headers=headers, timeout=PATIENCE, retries=False
        )
    except HTTPError:
        raise ManagementError(
            f"the management plugin at {asked} does not answer; users are made through it "
            "(rabbitmq-plugins enable rabbitmq_management); if it is elsewhere, add "
            "?management=URL to ONWARD_AMQP_URL"
        ) from None
    if answer.status not in {200, 201, 204}:
        raise ManagementError(
            f"the management API at {asked} answered {answer.status} to the administrator that "
            "ONWARD_AMQP_URL names"
        )


def _passwords(folder: Path) -> dict[str, str]:
    """Return each service's password, made when it is first asked for."""
    file = folder / PASSWORDS
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    if not known.keys() >= set(SERVICES):
        known = {**{service: secrets.token_urlsafe(24) for service in SERVICES}, **known}
        write_secret(file, json.dumps(known))
    return known
