"""Who may take part: staff, clients and agencies, and what ends when they leave.

Promise: whatever changes who may do what is announced in the same transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from services.identity.domain import SCOPES, fold
from services.identity.messages import (
    ClientRegistered,
    ClientRevoked,
    SessionEnded,
)
from services.identity.passwords import hash_passwords
from services.identity.storage import ACCOUNT, AGENCY, CLIENT, SIGN_ON
from services.identity.teams import staff_changed
from shared.errors import Fault, InvalidError, NotFoundError
from shared.vault import Context

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Row

    from services.identity.storage import IdentityTransaction

PUBLIC_JWK = ("kty", "crv", "x", "y", "kid", "use", "alg")
MOST_KEYS = 2


def load_directory(data: Mapping[str, Any], tx: IdentityTransaction) -> None:
    """Bring agencies, staff and clients to what *data* says; what is equal stays untouched."""
    for agency in data.get("agencies", ()):
        _load_agency(agency, tx)
    _load_staff(data.get("staff", ()), tx)
    for client in data.get("clients", ()):
        keep_client(client, tx)


def _load_staff(staff: Sequence[Mapping[str, Any]], tx: IdentityTransaction) -> None:
    """Keep everyone; those who are new get their passwords together, for each takes long."""
    new = {who["id"]: who["password"] for who in staff if tx.account(UUID(who["id"])) is None}
    hashes = dict(zip(new, hash_passwords(new.values()), strict=True))
    for member in staff:
        keep_staff({**member, "password_hash": hashes.get(member["id"])}, tx)


def _load_agency(agency: Mapping[str, Any], tx: IdentityTransaction) -> None:
    """Keep what a directory says of an agency, until its owner tells something newer."""
    agency_id, active = UUID(agency["id"]), agency.get("active", True)
    known = tx.agency(agency_id)
    follow_agency(agency_id, agency["name"], known.version if known else 0, tx, active=active)


def follow_agency(
    agency_id: UUID, name: str, version: int, tx: IdentityTransaction, *, active: bool
) -> None:
    """Keep an agency; end sign-ons and clients when it stops, believe clients when it returns."""
    was_active = tx.is_agency_active(agency_id)
    if not keep_agency(agency_id, name, version, tx, active=active):
        return
    if was_active and not active:
        _close_agency(agency_id, tx)
    if active and not was_active:
        for client in _live_clients(agency_id, tx):
            number = tx.next_telling(client.client_id, believed=True)
            tx.announce(registered(client), sequence=number)


def keep_agency(
    agency_id: UUID, name: str, version: int, tx: IdentityTransaction, *, active: bool
) -> bool:
    """Keep the copy of an agency and no more; False if something newer is known."""
    row = {"id": agency_id, "name": name[:200], "active": active, "version": version}
    return tx.keep_newest(AGENCY, **row)


def _close_agency(agency_id: UUID, tx: IdentityTransaction) -> None:
    for sign_on in tx.all(select(SIGN_ON).where(SIGN_ON.c.agency_id == agency_id)):
        end_sign_on(sign_on, "agency_left", tx)
    for client in _live_clients(agency_id, tx):
        number = tx.next_telling(client.client_id, believed=False)
        tx.announce(ClientRevoked(client.client_id, agency_id), sequence=number)


def _live_clients(agency_id: UUID, tx: IdentityTransaction) -> list[Row[Any]]:
    live = (CLIENT.c.agency_id == agency_id) & CLIENT.c.revoked_at.is_(None)
    return tx.all(select(CLIENT).where(live))


def keep_staff(member: Mapping[str, Any], tx: IdentityTransaction) -> None:
    """Keep one member of staff; a password or secret already there stays as it is."""
    account_id = UUID(member["id"])
    known = tx.account(account_id)
    facts = _facts(member, known)
    if known is not None and all(getattr(known, name) == facts[name] for name in facts):
        return
    version = known.version + 1 if known is not None else 1
    row = {**facts, "version": version}
    if known is None:
        tx.execute(insert(ACCOUNT).values(id=account_id, **row, **_secrets(member, tx)))
    else:
        tx.execute(update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(**row))
        _end_all(account_id, "staff_changed", tx)
    tx.announce(staff_changed(account_id, facts), sequence=version)


def let_sign_in(email: str, tx: IdentityTransaction, *, allowed: bool) -> None:
    """Say whether the member of staff with this address may sign in from now on.

    A directory loaded again does not change it, unless it says so itself.
    """
    known = tx.account_by_email(fold(email))
    if known is None or known.active is allowed:
        raise NotFoundError(f"nobody of that address is {'shut out' if allowed else 'let in'}")
    ids = {"id": str(known.id), "agency_id": str(known.agency_id)}
    own = {name: getattr(known, name) for name in ("name", "email", "roles")}
    keep_staff({**ids, **own, "active": allowed}, tx)


def _facts(member: Mapping[str, Any], known: Row[Any] | None) -> dict[str, Any]:
    agency_id = UUID(member["agency_id"])
    return {
        "agency_id": agency_id,
        "name": member["name"],
        "email": fold(member["email"]),
        "roles": sorted(member["roles"]),
        "active": bool(member.get("active", known is None or known.active)),
        "teams": _teams(member, known if known and known.agency_id == agency_id else None),
    }


def _teams(member: Mapping[str, Any], known: Row[Any] | None) -> list[str]:
    """Return the teams that are said; else those given before stay, or `first_teams` begin."""
    if "teams" not in member and known is not None and known.teams is not None:
        return list(known.teams)
    said = member.get("teams", member.get("first_teams", ()))
    return sorted({str(UUID(team)) for team in said})


def _secrets(member: Mapping[str, Any], tx: IdentityTransaction) -> dict[str, Any]:
    key = tx.vault.new_key()
    return {
        "password_hash": member["password_hash"],
        "key": key,
        "totp_sealed": tx.vault.seal(key, member["totp_secret"], totp_place(member["id"])),
    }


def totp_place(account_id: UUID | str) -> Context:
    """Return the one place where the authenticator secret of an account may stand."""
    return Context("identity", "account", "totp_sealed", str(account_id))


def keep_client(client: Mapping[str, Any], tx: IdentityTransaction) -> None:
    """Keep one client and its public keys; a new or changed one is announced.

    One that was revoked stays so, whatever a directory loaded again says: it needs a new name.
    """
    agency_id, scopes = UUID(client["agency_id"]), sorted(client["scopes"])
    facts: dict[str, Any] = {
        "agency_id": agency_id,
        "scopes": scopes,
        "keys": _public_keys(client),
    }
    known = tx.client(client["client_id"])
    facts["teams"] = _teams(client, known if known and known.agency_id == agency_id else None)
    if known is not None and (
        known.revoked_at is not None or all(getattr(known, name) == facts[name] for name in facts)
    ):
        return
    facts |= {"version": known.version + 1 if known is not None else 1, "believed": True}
    tx.insert_or_change(CLIENT, {"client_id": client["client_id"], **facts}, facts)
    event = ClientRegistered(client["client_id"], agency_id, tuple(scopes))
    tx.announce(event, sequence=facts["version"])


def _public_keys(client: Mapping[str, Any]) -> list[dict[str, Any]]:
    keys = client["public_jwks"]["keys"] if "public_jwks" in client else [client["public_jwk"]]
    faults = [*_faults_in_keys(keys), *_faults_in_scopes(client["scopes"])]
    if faults:
        raise InvalidError("the client cannot be registered", faults)
    return [{name: key[name] for name in PUBLIC_JWK if name in key} for key in keys]


def _faults_in_keys(keys: list[Mapping[str, Any]]) -> Iterable[Fault]:
    if not 0 < len(keys) <= MOST_KEYS:
        yield Fault("/public_jwks/keys", f"one key, at most {MOST_KEYS}")
    for place, key in enumerate(keys):
        if (key.get("kty"), key.get("crv")) != ("EC", "P-256") or not key.get("kid"):
            yield Fault(f"/public_jwks/keys/{place}", "a P-256 key with a kid is needed")


def _faults_in_scopes(scopes: Iterable[str]) -> Iterable[Fault]:
    unknown = set(scopes) - SCOPES
    if unknown or not scopes:
        yield Fault("/scopes", "a scope is unknown, or there is none")


def revoke_client(client_id: str, tx: IdentityTransaction) -> None:
    """Give the client no more tokens, and tell every service to believe none of its old ones."""
    client = tx.client(client_id)
    if client is None or client.revoked_at is not None:
        raise NotFoundError("there is no such client")
    tx.execute(update(CLIENT).where(CLIENT.c.client_id == client_id).values(revoked_at=tx.now))
    number = tx.next_telling(client_id, believed=False)
    tx.announce(ClientRevoked(client_id, client.agency_id), sequence=number)


def registered(client: Row[Any]) -> ClientRegistered:
    """Return what is told of a client that may ask for tokens."""
    return ClientRegistered(client.client_id, client.agency_id, tuple(client.scopes))


def _end_all(account_id: UUID, reason: str, tx: IdentityTransaction) -> None:
    for sign_on in tx.sign_ons_of(account_id):
        end_sign_on(sign_on, reason, tx)


def end_sign_on(sign_on: Row[Any], reason: str, tx: IdentityTransaction) -> None:
    """End one sign-on, everywhere."""
    tx.execute(delete(SIGN_ON).where(SIGN_ON.c.id == sign_on.id))
    tx.announce(SessionEnded(sign_on.id, sign_on.account_id, sign_on.agency_id, reason))
