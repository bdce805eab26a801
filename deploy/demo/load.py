"""Load a demonstration partnership: its guide, its people, its notices.

Promise: the owners' own use cases do the work, each in one transaction, and a second start
changes nothing: a service that exists keeps its capacity, a sign-in its password.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.demo.credentials import Json, credentials
from services.identity.usecases import load_directory
from services.intake.usecases import publish_notice
from services.intake.usecases.keeping_rota import keep_rota
from services.matching.usecases import publish_guide
from shared.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import Settings
    from shared.storage import Store

PARTS = ("partnership", "agencies", "services", "staff")
MORE = ("agreements", "panels")


def load(demo_name: str, settings: Settings, stores: Mapping[str, Store[Any]]) -> Json:
    """Bring the partnership *demo_name* to life and return its sign-ins."""
    demo = read_demo(demo_name)
    known = credentials(demo, settings)
    with stores["matching"].begin() as tx:
        publish_guide(guide(demo), tx)
    with stores["identity"].begin() as tx:
        load_directory(directory(demo, known), tx)
    with stores["intake"].begin() as tx:
        for notice in notices(demo):
            publish_notice(notice, tx)
        keep_rota(demo["partnership"], tx)
    return known


def read_demo(name: str) -> Json:
    """Return the files of demonstration *name*."""
    folder = Path(__file__).parent / name
    if not (folder / "partnership.json").exists():
        known = sorted(file.parent.name for file in folder.parent.glob("*/partnership.json"))
        raise InvalidError(f"there is no demonstration {name!r}; choose DEMO={' or '.join(known)}")
    files = {part: folder / f"{part}.json" for part in (*PARTS, *MORE)}
    there = {part: file for part, file in files.items() if part in PARTS or file.exists()}
    return {part: json.loads(file.read_text("utf-8")) for part, file in there.items()}


def guide(demo: Json) -> Json:
    """Return what matching publishes: the partnership, its agencies, services and agreements."""
    published = ("partnership", "agencies", "services", *MORE)
    return {part: demo[part] for part in published if part in demo}


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
