"""The port mapper of a private broker: Erlang starts one whenever it misses it, and leaves it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.broker import Broker, BrokerError, binary
from deploy.private import HOST, is_free


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Broker]:
    """A broker that does not run."""
    broker = Broker(tmp_path / "broker")
    yield broker
    broker.end_stray_mappers()


def start_mapper(broker: Broker) -> None:
    """Start a mapper as Erlang does for itself: it is nobody's child and ends with nobody."""
    port = str(broker.node.epmd)
    command = [str(binary("epmd")), "-daemon", "-port", port, "-address", HOST]
    subprocess.run(command, env=broker.environment(), check=True)
    while is_free(broker.node.epmd):
        pass


def test_asking_a_node_that_does_not_run_leaves_no_process_behind(stopped: Broker) -> None:
    with pytest.raises(BrokerError, match="does not run"):
        stopped.control("list_queues")

    assert is_free(stopped.node.epmd)


def test_a_mapper_left_behind_is_ended_and_that_of_another_node_lives(
    stopped: Broker, tmp_path: Path
) -> None:
    another = Broker(tmp_path / "another")
    start_mapper(stopped)
    start_mapper(another)

    try:
        stopped.end_stray_mappers()

        assert is_free(stopped.node.epmd)
        assert not is_free(another.node.epmd)
    finally:
        another.end_stray_mappers()
