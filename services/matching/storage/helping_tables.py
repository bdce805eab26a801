"""What came of a referral, and how often somebody tried to reach the person: codes and figures.

Promise: rows are only added. No row says who a person is; what was written is a sealed note.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Index, Integer, LargeBinary, String, Table, Uuid

from services.matching.storage.tables import metadata
from shared.storage import UtcDateTime

contact = Table(
    "contact",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("on_day", Date, nullable=False),
    Column("code", String(40), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("as_agreed", Boolean, nullable=False),
    Column("attended", String(10)),
    Column("why_absent", String(40)),
    Column("staff_id", String(80)),
    Index("contact_of_referral", "referral_id", "id"),
)
"""One attempt to reach or see somebody (T36)."""

outcome = Table(
    "outcome",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("need", String(40), nullable=False),
    Column("result", String(20), nullable=False),
    Column("codes", JSON, nullable=False),
    Column("weeks", Integer),
    Column("pounds_per_year", Integer),
    Column("pounds_once", Integer),
    Column("scale_before", Integer),
    Column("scale_after", Integer),
    Column("calls", Integer),
    Column("onward_referral_id", Uuid),
    Index("outcome_of_referral", "referral_id", "id"),
)
"""What came of one need (T29, T39); a later one is written beside, never over, the first."""

done_once = Table(
    "done_once",
    metadata,
    Column("client_id", String(80), primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("led_to", Uuid, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
)
"""Commands that came with an Idempotency-Key; neither key nor body can be read back."""
