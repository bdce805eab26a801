"""Signing in: a password, then a code of an authenticator, then one sign-on for all services.

Promise: a try is counted before it is judged, so tries made at once count too; after a few
failures each next try waits longer, but never for ever.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import delete, insert, update

from services.identity.domain import (
    ABSOLUTE,
    HALF_WAY_LIFE,
    fold,
    is_live,
    wait_left,
)
from services.identity.errors import SignInExpiredError, TooManyTriesError
from services.identity.messages import SessionRefused, SessionStarted
from services.identity.passwords import step_of_code
from services.identity.storage import HALF_WAY, SIGN_ON
from services.identity.usecases import end_sign_on, totp_place
from shared.identity import Principal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Row

    from services.identity.storage import IdentityTransaction

STEPS = 2  # a whole sign-in is two tries: password and code
ALL = 1_000_000


def hashed(value: str) -> bytes:
    """Return what is stored in place of a secret *value*."""
    return hashlib.sha256(value.encode()).digest()


def begin_password(email: str, address: str, tx: IdentityTransaction) -> Row[Any] | None:
    """Count a try for *email* from *address* and return the account, if it may sign in."""
    count_try("address", tx.vault.blind_index("address", address), tx)
    count_try("account", tx.vault.blind_index("email", fold(email)), tx)
    account = tx.account_by_email(fold(email))
    return account if account is not None and _may_sign_in(account, tx) else None


def _may_sign_in(account: Row[Any], tx: IdentityTransaction) -> bool:
    return bool(account.active) and tx.is_agency_active(account.agency_id)


def count_try(kind: str, key: bytes, tx: IdentityTransaction) -> None:
    """Count one try of *kind*, or refuse it because the one before was too recent."""
    known = tx.tries(kind, key)
    wait = wait_left(kind, known, tx.now)
    if wait:
        raise TooManyTriesError(wait)
    tx.remember_tries(kind, key, (known.at(tx.now) if known else 0) + 1)


def forgive(kind: str, key: bytes, tries: int, tx: IdentityTransaction) -> None:
    """Take *tries* back, for they succeeded."""
    known = tx.tries(kind, key)
    tx.remember_tries(kind, key, max((known.at(tx.now) if known else 0) - tries, 0))


def finish_password(
    account: Row[Any] | None, onward: str, tx: IdentityTransaction, *, right: bool
) -> str | None:
    """Return the value that stands for a sign-in half done, or None: it was refused."""
    if account is None:
        tx.count_refusal("password")
        return None
    if not right:
        tx.announce(SessionRefused(account.id, account.agency_id, "password"))
        return None
    value = secrets.token_urlsafe(32)
    row = {"id_hash": hashed(value), "account_id": account.id, "next": onward}
    tx.execute(insert(HALF_WAY).values(**row, ends_at=tx.now + HALF_WAY_LIFE))
    return value


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new sign-on: the value its browser holds, and where it wanted to go."""

    cookie: str
    onward: str


def finish_code(value: str, code: str, address: str, tx: IdentityTransaction) -> SignedIn | None:
    """Return the new sign-on, or None: the code was refused."""
    half = tx.half_way(hashed(value))
    account = tx.account(half.account_id) if half else None
    if half is None or account is None or not _may_sign_in(account, tx):
        raise SignInExpiredError("begin again with your e-mail address")
    keys = _keys_of(account, address, tx)
    if not _takes_code(account, code, keys, tx):
        return None
    tx.execute(delete(HALF_WAY).where(HALF_WAY.c.id_hash == hashed(value)))
    forgive("account", keys["account"], ALL, tx)
    forgive("address", keys["address"], STEPS, tx)
    return SignedIn(_begin_sign_on(account, tx), half.next)


def confirm_code(sign_on: Row[Any], code: str, address: str, tx: IdentityTransaction) -> bool:
    """Take the code of whoever is signed on once more; tell whether it was right."""
    account = tx.account(sign_on.account_id)
    if account is None:
        return False
    keys = _keys_of(account, address, tx)
    if not _takes_code(account, code, keys, tx):
        return False
    for kind, key in keys.items():
        forgive(kind, key, ALL if kind == "account" else 1, tx)
    tx.execute(update(SIGN_ON).where(SIGN_ON.c.id == sign_on.id).values(confirmed_at=tx.now))
    return True


def code_given_at(sign_on: Row[Any]) -> datetime:
    """Return when whoever is signed on last gave a code: at sign-in, or when asked again."""
    latest: datetime = max(sign_on.started_at, sign_on.confirmed_at or sign_on.started_at)
    return latest


def _keys_of(account: Row[Any], address: str, tx: IdentityTransaction) -> dict[str, bytes]:
    return {
        "account": tx.vault.blind_index("email", account.email),
        "address": tx.vault.blind_index("address", address),
    }


def _takes_code(
    account: Row[Any], code: str, keys: Mapping[str, bytes], tx: IdentityTransaction
) -> bool:
    """Count a try under each of *keys*, then judge the code; what is refused is told."""
    for kind, key in keys.items():
        count_try(kind, key, tx)
    refusal = _fault_in_code(account, code, tx)
    if refusal:
        tx.announce(SessionRefused(account.id, account.agency_id, refusal))
    return not refusal


def _fault_in_code(account: Row[Any], code: str, tx: IdentityTransaction) -> str | None:
    secret = tx.vault.open(account.key, account.totp_sealed, totp_place(account.id)).decode()
    step = step_of_code(secret, code, tx.now)
    if step is None:
        return "code"
    return None if tx.use_totp_step(account.id, step) else "code_reused"


def _begin_sign_on(account: Row[Any], tx: IdentityTransaction) -> str:
    tx.sweep()
    value, session_id = secrets.token_urlsafe(32), tx.new_id()
    tx.execute(
        insert(SIGN_ON).values(
            id=session_id,
            cookie_hash=hashed(value),
            account_id=account.id,
            agency_id=account.agency_id,
            started_at=tx.now,
            seen_at=tx.now,
            ends_at=tx.now + ABSOLUTE,
        ),
    )
    tx.actor = principal_of(account, session_id)
    tx.announce(SessionStarted(session_id, account.id, account.agency_id))
    return value


def principal_of(account: Row[Any], session_id: UUID) -> Principal:
    """Return the member of staff as the one who acts."""
    return Principal(
        kind="staff",
        id=str(account.id),
        agency_id=account.agency_id,
        roles=frozenset(account.roles),
        session=str(session_id),
        name=account.name,
        teams=frozenset(map(UUID, account.teams or ())),
    )


def live_sign_on(value: str | None, tx: IdentityTransaction) -> Row[Any] | None:
    """Return the sign-on that the cookie *value* stands for, if it still lives."""
    row = tx.sign_on_of_cookie(hashed(value)) if value else None
    return row if row is not None and is_sign_on_live(row, tx) else None


def is_sign_on_live(row: Row[Any], tx: IdentityTransaction) -> bool:
    """Tell whether a sign-on is neither idle nor over and its account may still take part."""
    account = tx.account(row.account_id)
    if account is None or not _may_sign_in(account, tx):
        return False
    return is_live(tx.now, seen_at=row.seen_at, ends_at=row.ends_at)


def note_presence(row: Row[Any], tx: IdentityTransaction) -> None:
    """Remember that the member of staff is still at work."""
    tx.execute(update(SIGN_ON).where(SIGN_ON.c.id == row.id).values(seen_at=tx.now))


def sign_out(value: str | None, reason: str, tx: IdentityTransaction) -> None:
    """End the sign-on that the cookie *value* stands for, if there is one."""
    row = tx.sign_on_of_cookie(hashed(value)) if value else None
    account = tx.account(row.account_id) if row else None
    if row is None or account is None:
        return
    tx.actor = principal_of(account, row.id)
    end_sign_on(row, reason, tx)
