"""Sign-ins and client keys of a demonstration, made once and kept in one private file.

Promise: what was made on the first start is the same on every later one.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from shared.settings import Settings

Json = dict[str, Any]

PARTNER_SCOPES = (
    "request.submit", "request.read", "consent.read", "consent.record", "person.read",
    "guide.read", "guide.write", "capacity.write", "referral.read", "referral.respond",
    "referral.submit", "webhook.manage", "notification.read",
)  # fmt: skip
GOVERNANCE_SCOPES = ("audit.read", "audit.verify")


def credentials(demo: Json, settings: Settings) -> Json:
    """Return the sign-ins of *demo*, making and storing what is missing."""
    path = settings.var / "demo" / "credentials.json"
    known: Json = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    wanted = _complete(demo, settings, known)
    if wanted != known:
        _write_private(path, json.dumps(wanted, indent=1, ensure_ascii=False))
    return wanted


def _complete(demo: Json, settings: Settings, known: Json) -> Json:
    names = {agency["id"]: agency["name"] for agency in demo["agencies"]}
    clients = {client["client_id"]: client for client in known.get("clients", [])}
    staff = {member["email"]: member for member in known.get("staff", [])}
    return {
        "base_url": settings.base_url,
        "issuer": settings.issuer,
        "notice": demo["partnership"]["current_notice"],
        "clients": [
            clients.get(client_id) or _new_client(client_id, agency_id, names, scopes)
            for client_id, agency_id, scopes in _wanted_clients(demo)
        ],
        "staff": [staff.get(who["email"]) or _new_sign_in(who, names) for who in demo["staff"]],
    }


def _wanted_clients(demo: Json) -> list[tuple[str, str, tuple[str, ...]]]:
    partners = [(_slug(agency), agency["id"], PARTNER_SCOPES) for agency in demo["agencies"]]
    hub = demo["partnership"]["hub_agency_id"]
    return [*partners, ("governance", hub, GOVERNANCE_SCOPES)]


def _slug(agency: Json) -> str:
    domain: str = agency["mailbox"].partition("@")[2]
    return domain.partition(".")[0]


def _new_client(
    client_id: str, agency_id: str, names: dict[str, str], scopes: tuple[str, ...]
) -> Json:
    return {
        "client_id": client_id,
        "agency_id": agency_id,
        "agency": names[agency_id],
        "scopes": list(scopes),
        "private_jwk": ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True),
    }


def _new_sign_in(who: Json, names: dict[str, str]) -> Json:
    return {
        "email": who["email"],
        "password": secrets.token_urlsafe(15),
        "totp_secret": pyotp.random_base32(),
        "agency": names[who["agency_id"]],
        "roles": who["roles"],
    }


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)
