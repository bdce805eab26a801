"""Ports are drawn long before anybody listens on them: none is drawn for two."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Self

import pytest

from deploy import private
from deploy.private import free_ports, keep


class Offered:
    """A socket that is bound to whatever the system offers next."""

    offers: Iterator[int]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""

    def bind(self, _place: tuple[str, int]) -> None:
        self.port = next(self.offers)

    def getsockname(self) -> tuple[str, int]:
        return "", self.port


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> type[Offered]:
    monkeypatch.setattr(private, "_given", set())
    monkeypatch.setattr(socket, "socket", Offered)
    return Offered


def test_what_is_offered_again_is_not_given_again(offered: type[Offered]) -> None:
    offered.offers = iter([7001, 7002, 7002, 7001, 7003])

    assert free_ports(2) == [7001, 7002]
    assert free_ports(1) == [7003]


def test_a_port_that_is_kept_for_somebody_is_given_to_nobody(offered: type[Offered]) -> None:
    offered.offers = iter([7001, 7002])
    keep(7001)

    assert free_ports(1) == [7002]


def test_nobody_listens_on_what_is_given() -> None:
    with socket.create_server((private.HOST, 0)) as taken:
        assert taken.getsockname()[1] not in free_ports(3)
    assert all(private.is_free(port) for port in free_ports(3))
