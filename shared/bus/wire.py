"""An outbox row as AMQP properties: CloudEvents headers, and what operators look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pika import BasicProperties

from shared.bus.envelope import headers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

PERSISTENT = 2
JSON = "application/json"


def properties_of(
    row: Mapping[str, Any], *, service: str, epoch: UUID, user: str
) -> BasicProperties:
    """Return what goes with the body of *row*; RabbitMQ refuses a *user* who is somebody else."""
    return BasicProperties(
        content_type=JSON,
        delivery_mode=PERSISTENT,
        headers=headers_of(row, service=service, epoch=epoch),
        message_id=str(row["message_id"]),
        correlation_id=row["headers"].get("correlationid"),
        timestamp=int(row["created_at"].timestamp()),
        type=row["type"],
        user_id=user,
        app_id=service,
    )
