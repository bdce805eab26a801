"""What identity remembers: staff, clients, sign-ons, codes, used assertions and tries.

Promise: secrets are kept as hashes, authenticator secrets sealed, and what somebody typed
at sign-in is kept only as a blind index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    delete,
    select,
    update,
)

from services.identity.domain import FORGOTTEN_AFTER, Tries
from shared.storage import Transaction, UtcDateTime, metadata_for
from shared.web import session_tables

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

    from shared.vault import Vault

metadata = metadata_for("identity")

AGENCY = Table(
    "agency",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
ACCOUNT = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("agency_id", Uuid, nullable=False, index=True),
    Column("roles", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("totp_sealed", LargeBinary, nullable=False),
    Column("totp_step", Integer, nullable=False, default=0),
    Column("teams", JSON),
)
CLIENT = Table(
    "client",
    metadata,
    Column("client_id", String(100), primary_key=True),
    Column("agency_id", Uuid, nullable=False, index=True),
    Column("scopes", JSON, nullable=False),
    Column("keys", JSON, nullable=False),
    Column("believed", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("teams", JSON),
)
TEAM = Table(
    "team",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("version", Integer, nullable=False),
)
"""A team is one service of the guide; who works in it stands with each member of staff."""
USED_JTI = Table(
    "used_jti",
    metadata,
    Column("client_id", String(100), primary_key=True),
    Column("jti_hash", LargeBinary(32), primary_key=True),
    Column("until", UtcDateTime, nullable=False, index=True),
)
CODE = Table(
    "authorization_code",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("client_id", String(100), nullable=False),
    Column("redirect_uri", String(500), nullable=False),
    Column("scope", String(100), nullable=False),
    Column("nonce", String(200), nullable=False),
    Column("challenge", String(128), nullable=False),
    Column("session_id", Uuid, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    UniqueConstraint("client_id", "nonce"),
)
SIGN_ON = Table(
    "sign_on",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("cookie_hash", LargeBinary(32), nullable=False, unique=True),
    Column("account_id", Uuid, nullable=False, index=True),
    Column("agency_id", Uuid, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
)
"""`confirmed_at` is when its code was last asked for again, while signed on."""
HALF_WAY = Table(
    "half_way",
    metadata,
    Column("id_hash", LargeBinary(32), primary_key=True),
    Column("account_id", Uuid, nullable=False),
    Column("next", String(2000), nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)
TRIES = Table(
    "tries",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("key", LargeBinary(32), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
)
REFUSAL = Table(
    "refusal",
    metadata,
    Column("reason", String(40), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True),
    Column("times", Integer, nullable=False),
)

READ_MODELS = (*session_tables.READ_MODELS, AGENCY.name, TEAM.name)
"""Copies kept by what others tell alone; they can tell it again."""


class IdentityTransaction(Transaction):
    """Reads and writes of identity."""

    vault: ClassVar[Vault]

    def account_by_email(self, email: str) -> Row[Any] | None:
        """Return the account with this folded e-mail, if any."""
        return self.one(select(ACCOUNT).where(ACCOUNT.c.email == email))

    def next_telling(self, client_id: str, *, believed: bool) -> int:
        """Keep what is told of a client next; return the number of that event."""
        here = update(CLIENT).where(CLIENT.c.client_id == client_id)
        told = here.values(version=CLIENT.c.version + 1, believed=believed)
        number: int = self.execute(told.returning(CLIENT.c.version)).scalar_one()
        return number

    def account(self, account_id: UUID) -> Row[Any] | None:
        """Return one account."""
        return self.one(select(ACCOUNT).where(ACCOUNT.c.id == account_id))

    def agency(self, agency_id: UUID) -> Row[Any] | None:
        """Return what is known of one agency."""
        return self.one(select(AGENCY).where(AGENCY.c.id == agency_id))

    def client(self, client_id: str) -> Row[Any] | None:
        """Return one client, revoked or not."""
        return self.one(select(CLIENT).where(CLIENT.c.client_id == client_id))

    def is_agency_active(self, agency_id: UUID) -> bool:
        """Tell whether an agency may take part; one not heard of yet may."""
        row = self.one(select(AGENCY.c.active).where(AGENCY.c.id == agency_id))
        return row is None or bool(row.active)

    def use_jti(self, client_id: str, jti_hash: bytes, until: datetime) -> bool:
        """Mark an assertion as used; False if it was used before."""
        self.execute(delete(USED_JTI).where(USED_JTI.c.until < self.now))
        row = {"client_id": client_id, "jti_hash": jti_hash, "until": until}
        return self.insert_unless_there(USED_JTI, **row)

    def use_totp_step(self, account_id: UUID, step: int) -> bool:
        """Mark a code of an authenticator as used; False if it or a later one was before."""
        unused = (ACCOUNT.c.id == account_id) & (ACCOUNT.c.totp_step < step)
        return self.execute(update(ACCOUNT).where(unused).values(totp_step=step)).rowcount == 1

    def use_code(self, code_hash: bytes) -> bool:
        """Mark an authorization code as used; False if it was used before."""
        unused = (CODE.c.code_hash == code_hash) & CODE.c.used_at.is_(None)
        return self.execute(update(CODE).where(unused).values(used_at=self.now)).rowcount == 1

    def code(self, code_hash: bytes) -> Row[Any] | None:
        """Return one authorization code."""
        return self.one(select(CODE).where(CODE.c.code_hash == code_hash))

    def has_nonce(self, client_id: str, nonce: str) -> bool:
        """Tell whether a client has sent this nonce before."""
        sent = (CODE.c.client_id == client_id) & (CODE.c.nonce == nonce)
        return self.one(select(CODE.c.nonce).where(sent)) is not None

    def sign_on(self, session_id: UUID) -> Row[Any] | None:
        """Return one sign-on."""
        return self.one(select(SIGN_ON).where(SIGN_ON.c.id == session_id))

    def sign_on_of_cookie(self, cookie_hash: bytes) -> Row[Any] | None:
        """Return the sign-on that a browser holds."""
        return self.one(select(SIGN_ON).where(SIGN_ON.c.cookie_hash == cookie_hash))

    def sign_ons_of(self, account_id: UUID) -> list[Row[Any]]:
        """Return every sign-on of one account, newest first."""
        theirs = select(SIGN_ON).where(SIGN_ON.c.account_id == account_id)
        return self.all(theirs.order_by(SIGN_ON.c.started_at.desc()))

    def half_way(self, id_hash: bytes) -> Row[Any] | None:
        """Return the sign-in that waits for its second step."""
        alive = (HALF_WAY.c.id_hash == id_hash) & (HALF_WAY.c.ends_at > self.now)
        return self.one(select(HALF_WAY).where(alive))

    def tries(self, kind: str, key: bytes) -> Tries | None:
        """Return the failed tries remembered of one account or address."""
        row = self.one(select(TRIES).where((TRIES.c.kind == kind) & (TRIES.c.key == key)))
        return Tries(row.failures, row.last_at) if row else None

    def remember_tries(self, kind: str, key: bytes, failures: int) -> None:
        """Store how many tries have failed, and forget those of long ago."""
        self.execute(delete(TRIES).where(TRIES.c.last_at < self.now - FORGOTTEN_AFTER))
        new = {"failures": failures, "last_at": self.now}
        self.insert_or_change(TRIES, {"kind": kind, "key": key, **new}, new)

    def count_refusal(self, reason: str) -> None:
        """Count a refusal of somebody unknown: one row for each reason and hour."""
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        row = {"reason": reason, "hour": hour, "times": 1}
        self.insert_or_change(REFUSAL, row, {"times": REFUSAL.c.times + 1})

    def sweep(self) -> None:
        """Forget sign-ons, codes and half-way sign-ins that are long over."""
        self.execute(delete(SIGN_ON).where(SIGN_ON.c.ends_at < self.now))
        self.execute(delete(HALF_WAY).where(HALF_WAY.c.ends_at < self.now))
        self.execute(delete(CODE).where(CODE.c.made_at < self.now - FORGOTTEN_AFTER))
