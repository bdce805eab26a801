"""Which Python the environment is made from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy import interpreter
from deploy.interpreter import chosen
from driving.running import ROOT

OWN = "/opt/own/python3"


def test_one_that_was_built_with_a_profile_is_kept() -> None:
    assert chosen(OWN, "'--enable-optimizations' '--with-lto'", sys.executable) == OWN


def test_one_that_was_not_gives_way_to_the_distributions() -> None:
    assert chosen(OWN, "'--enable-shared'", sys.executable) == sys.executable


def test_where_the_distribution_has_none_that_will_do_our_own_does(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    assert chosen(OWN, "", str(tmp_path / "missing")) == OWN
    assert chosen(OWN, "", str(old)) == OWN


def test_what_it_prints_is_a_python_that_can_make_an_environment() -> None:
    asked = [sys.executable, interpreter.__file__]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=ROOT)

    assert interpreter.can_make_environments(said.stdout.strip())
