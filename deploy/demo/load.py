"""Load a demonstration partnership: its guide, its people, its notices.

Promise: the owners' own use cases do the work, each in one transaction, and a second start
changes nothing: a service that exists keeps its capacity, a sign-in its password.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.demo.credentials import Json, credentials
from services.identity.usecases import load_directory
from services.intake.usecases import publish_notice
from services.matching.usecases import publish_guide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import Settings
    from shared.storage import Store

PARTS = ("partnership", "agencies", "services", "staff")


def load(demo_name: str, settings: Settings, stores: Mapping[str, Store[Any]]) -> Json:
    """Bring the partnership *demo_name* to life and return its sign-ins."""
    demo = read_demo(demo_name, datetime.now(UTC))
    known = credentials(demo, settings)
    with stores["matching"].begin() as tx:
        publish_guide(guide(demo), tx)
    with stores["identity"].begin() as tx:
        load_directory(directory(demo, known), tx)
    with stores["intake"].begin() as tx:
        for notice in notices(demo):
            publish_notice(notice, tx)
    return known


def read_demo(name: str, now: datetime) -> Json:
    """Return the files of demonstration *name*, its relative days counted from *now*."""
    folder = Path(__file__).parent / name
    demo = {
        part: json.loads((folder / f"{part}.json").read_text(encoding="utf-8")) for part in PARTS
    }
    for service in demo["services"]:
        _date(service, now)
    return demo


def guide(demo: Json) -> Json:
    """Return what matching publishes: the partnership, its agencies and their services."""
    return {part: demo[part] for part in ("partnership", "agencies", "services")}


def directory(demo: Json, known: Json) -> Json:
    """Return what identity loads: agencies, staff with their secrets, clients' public keys."""
    secrets_of = {member["email"]: member for member in known["staff"]}
    return {
        "agencies": demo["agencies"],
        "staff": [
            {
                **who,
                "password": secrets_of[who["email"]]["password"],
                "totp_secret": secrets_of[who["email"]]["totp_secret"],
            }
            for who in demo["staff"]
        ],
        "clients": [_public(client) for client in known["clients"]],
    }


def notices(demo: Json) -> list[Json]:
    """Return what people are told before they agree, the current wording marked."""
    current = demo["partnership"]["current_notice"]
    return [
        {**notice, "current": notice["id"] == current} for notice in demo["partnership"]["notices"]
    ]


def _public(client: Json) -> Json:
    key = {name: value for name, value in client["private_jwk"].items() if name != "d"}
    told = {name: value for name, value in client.items() if name != "private_jwk"}
    return {**told, "public_jwk": key}


def _date(service: Json, now: datetime) -> None:
    today = now.date()
    service["reviewed_at"] = (now - timedelta(days=service.pop("reviewed_days_ago"))).isoformat()
    if service["capacity"]:
        age = timedelta(days=service["capacity"].pop("as_of_days_ago"))
        service["capacity"]["as_of"] = (now - age).isoformat()
    if closure := service["closure"]:
        days = closure.pop("decided_days_ago"), closure.pop("reopens_in_days")
        closure["decided_at"] = (now - timedelta(days=days[0])).isoformat()
        closure["until"] = (today + timedelta(days=days[1])).isoformat()
