"""Reliable messages between services: announce in a transaction, hear exactly one effect each."""

from __future__ import annotations

from shared.bus.envelope import Message
from shared.bus.message import announces, hears
from shared.bus.worker import Worker

__all__ = ["Message", "Worker", "announces", "hears"]
