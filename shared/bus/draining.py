"""Read from the broker in pieces of many messages; py-amqp alone makes nine system calls each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.bus.connecting import HEARTBEAT

if TYPE_CHECKING:
    from kombu.connection import Connection

PIECE = 16_384


class Drain:
    """Hands over what has come, one message or other event at a time."""

    def __init__(self, connection: Connection) -> None:
        self._amqp = connection.connection
        self._transport = self._amqp.transport
        # A broker that stops in the middle of a frame is as lost as one that misses heartbeats.
        self._transport.sock.settimeout(HEARTBEAT)
        receive = self._transport._quick_recv  # noqa: SLF001 - kept by it for just this purpose
        self._transport._quick_recv = lambda wanted: receive(max(wanted, PIECE))  # noqa: SLF001

    def next(self, timeout: float) -> None:
        """Handle the next event; raise TimeoutError when none has come within *timeout*."""
        transport, amqp = self._transport, self._amqp
        while transport._read_buffer:  # noqa: SLF001 - what it has read ahead needs no timeout
            if amqp.on_inbound_frame(transport.read_frame()):
                return
        amqp.drain_events(timeout)
