"""Every alarm is raised by some test; those of a carrier in trouble are raised here."""

from __future__ import annotations

from pathlib import Path

from shared.alarms import alarms
from shared.bus.watching import Watch
from shared.storage import Store, metadata_for
from tests.test_docs import raised

TESTS = Path(__file__).parent


def standing(store: Store) -> list[tuple[str, str]]:
    with store.read() as tx:
        return [(one.name, one.anchor) for one in alarms(tx)]


def test_every_alarm_that_code_raises_is_named_by_a_test() -> None:
    words = "".join(file.read_text("utf-8") for file in TESTS.rglob("test_*.py"))

    assert {name for name, _ in raised() if name not in words} == set()


def test_a_broker_that_takes_nothing_is_told_until_it_takes_again(tmp_path: Path) -> None:
    store: Store = Store(tmp_path / "bell.sqlite3", metadata_for("bell"))
    watch = Watch(store)

    watch.blocked(now=True)
    blocked = standing(store)
    watch.blocked(now=False)

    assert blocked == [("broker_blocked", "broker-full")]
    assert standing(store) == []
