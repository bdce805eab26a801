"""Alarms: a row that stays until the fault is gone, seen by health checks and operators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import bindparam, delete, select

if TYPE_CHECKING:
    from sqlalchemy import Delete, Table

    from shared.storage import Transaction

log = structlog.get_logger("onward.alarms")


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something an operator must look at; `anchor` names the place in the runbook."""

    name: str
    since: datetime
    fact: str
    anchor: str


def raise_alarm(tx: Transaction, name: str, fact: str, anchor: str) -> None:
    """Raise the alarm *name*, or leave it standing since when it was first raised."""
    row = {"name": name, "since": tx.now, "fact": fact[:200], "anchor": anchor}
    tx.insert_unless_there(tx.table("alarms"), **row)
    log.warning("alarm_raised", alarm=name, anchor=anchor)


def clear_alarm(tx: Transaction, name: str) -> None:
    """Take the alarm *name* down."""
    if tx.change(_without(tx.table("alarms")), name=name):
        log.info("alarm_cleared", alarm=name)


@cache
def _without(table: Table) -> Delete:
    return delete(table).where(table.c.name == bindparam("name"))


def alarms(tx: Transaction) -> list[Alarm]:
    """Return the alarms that stand, oldest first."""
    table = tx.table("alarms")
    return [
        Alarm(row.name, row.since, row.fact, row.anchor)
        for row in tx.all(select(table).order_by(table.c.since))
    ]
