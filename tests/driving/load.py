"""Partners that submit requests at the same time, and remember which were accepted."""

from __future__ import annotations

import http.client
import threading
import time
from typing import Any, Self

from driving.partner import Partner
from driving.running import RunningHub
from driving.served import ServedHub
from driving.stories import a_story

ENOUGH_PLACES = 100_000


def with_scope(hub: RunningHub | ServedHub, scope: str) -> list[dict[str, Any]]:
    """Return the clients of the demonstration that may do *scope*."""
    return [client for client in hub.credentials["clients"] if scope in client["scopes"]]


def partners(hub: RunningHub | ServedHub, count: int) -> list[Partner]:
    """Return *count* partner systems, of different agencies as far as there are any."""
    clients = with_scope(hub, "request.submit")
    return [Partner(hub.credentials, clients[n % len(clients)]) for n in range(count)]


def open_wide(hub: RunningHub | ServedHub, need: str = "debt") -> str:
    """Give one service for *need* all the places a test can want; return its agency's id."""
    anyone = partners(hub, 1)[0]
    services = anyone.call("GET", "/api/v1/services?limit=200").json["items"]
    clients = {client["agency_id"]: client for client in with_scope(hub, "capacity.write")}
    service = next(
        s
        for s in services
        if need in s["needs"] and s["status"] == "open" and s["agency_id"] in clients
    )
    own = Partner(hub.credentials, clients[service["agency_id"]])
    body = {"places": ENOUGH_PLACES, "takes_waiting_list": True, "as_of": _now()}
    answer = own.call("PUT", f"/api/v1/services/{service['id']}/capacity", body)
    assert answer.status == 200, answer.body
    agency: str = service["agency_id"]
    return agency


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Load:
    """Requests from several partners at once until stopped, whatever happens to the hub.

    *pause* is how many seconds each partner waits after a request was accepted.
    """

    def __init__(
        self, hub: RunningHub | ServedHub, recipient: str, threads: int = 4, pause: float = 0.0
    ) -> None:
        self.accepted: list[str] = []
        self.refused: list[tuple[int, bytes]] = []
        self.cut_off = 0
        self._recipient, self._pause = recipient, pause
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._submit, args=(partner,))
            for partner in partners(hub, threads)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def until(self, accepted: int, seconds: float = 180.0) -> None:
        """Wait until so many requests in all have been accepted."""
        deadline = time.monotonic() + seconds
        while len(self.accepted) < accepted:
            assert time.monotonic() < deadline, f"only {len(self.accepted)} of {accepted} accepted"
            assert len(self.refused) < 50, self.refused[:3]
            time.sleep(0.01)

    def _submit(self, partner: Partner) -> None:
        while not self._stopping.is_set():
            try:
                answer = partner.submit(a_story(partner.notice, [self._recipient]))
            except (OSError, http.client.HTTPException, AssertionError):
                self.cut_off += 1
                self._stopping.wait(0.05)
                continue
            if answer.status == 201:
                self.accepted.append(answer.json["id"])
                self._stopping.wait(self._pause)
            else:
                self.refused.append((answer.status, answer.body))
                self._stopping.wait(0.05)
