"""What a doctor's look found: plain facts, from which the report is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.alarms import Alarm
from shared.metrics_tables import Backlog


@dataclass(frozen=True, slots=True)
class ParkedFact:
    """One message that was set aside; `told` says what it is, or for whom."""

    message_id: str
    told: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """One service's database as it is now."""

    size: int
    step: str | None
    expected: str
    waiting: Backlog
    alarms: tuple[Alarm, ...] = ()
    parked: tuple[ParkedFact, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """One queue; `leader` is empty where it has none, None where that cannot be asked."""

    name: str
    exists: bool = True
    messages: int = 0
    consumers: int = 0
    leader: str | None = None


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One service: its database and its queues, or why they cannot be looked at."""

    name: str
    database: DatabaseFacts | None = None
    database_fault: str = ""
    work: QueueFacts | None = None
    parked: QueueFacts | None = None
    broker_fault: str = ""


@dataclass(frozen=True, slots=True)
class LogFacts:
    """How far the log goes, and how far it is signed."""

    entries: int
    signed: int
    root: str
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """A whole deployment at one moment."""

    served: bool
    folder: str
    at: datetime
    services: tuple[ServiceFacts, ...]
    log: LogFacts | None = None
    broker: str = ""
    wrong_queues: tuple[str, ...] = ()
    programs: Mapping[str, str] | None = None
    free: Mapping[str, int] = field(default_factory=dict)
