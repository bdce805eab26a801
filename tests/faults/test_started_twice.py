"""Somebody starts a second hub: on the same folder, or on a port that is taken."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from driving.running import RunningHub
from tests.faults.enduring import ends_saying


@pytest.mark.faults
def test_a_second_hub_on_the_same_folder_is_refused_and_the_first_goes_on(
    own_hub: RunningHub,
) -> None:
    with own_hub:
        second = RunningHub(own_hub.var)
        second.output = own_hub.var.parent / "second.log"

        ends_saying(second, "another Onward is running", "ONWARD_VAR")

        assert own_hub.readiness()[0] == 200


@pytest.mark.faults
def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    hub = RunningHub(tmp_path / "var")
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", hub.port))
        somebody.listen()

        ends_saying(hub, f"port {hub.port}", "in use")

    with hub:
        assert hub.readiness()[0] == 200
