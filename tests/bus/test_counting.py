"""Every message is counted once it had its effect, and for both processes of a service at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from parish import UNBEARABLE, Parish
from shared import metrics
from shared.bus.embedded import Feed
from shared.bus.handover import pending

ROOT = Path(__file__).parents[2]
DUTY = """
import os, sys
from pathlib import Path
from shared import metrics
metrics.share(Path(sys.argv[1]), sys.argv[2])
for _ in range(int(sys.argv[3])):
    metrics.of("intake").parked("bell.rang.v1")
print(metrics.exposition([metrics.of("intake")]).decode(), flush=True)
sys.stdin.read()
"""


def total(text: str, name: str, **labels: str) -> float:
    return sum(
        one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == name and labels.items() <= one.labels.items()
    )


def count(service: str, name: str, **labels: str) -> float:
    return total(metrics.exposition([metrics.of(service)]).decode(), name, **labels)


@pytest.fixture
def parish(tmp_path: Path) -> Parish:
    return Parish(tmp_path)


def test_what_had_its_effect_is_counted_by_type_with_its_age(parish: Parish) -> None:
    twice = (
        "messaging_client_consumed_messages_total",
        "messaging_process_duration_seconds_count",
    )
    once = ("onward_message_age_seconds_count",)
    before = [count("ear", name, type="bell.rang.v1") for name in (*twice, *once)]
    parish.ring()
    parish.ring()

    parish.listener.deliver(pending(parish.bell, "ear", None, 10))

    after = [count("ear", name, type="bell.rang.v1") for name in (*twice, *once)]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 2, 1]


def test_a_repeat_is_counted_as_one_and_not_as_an_effect(parish: Parish) -> None:
    parish.ring()
    messages = pending(parish.bell, "ear", None, 10)
    parish.listener.deliver(messages)
    consumed = count("ear", "messaging_client_consumed_messages_total")
    repeats = count("ear", "onward_inbox_duplicates_total")

    parish.listener.deliver(messages)

    assert count("ear", "messaging_client_consumed_messages_total") == consumed
    assert count("ear", "onward_inbox_duplicates_total") == repeats + 1


def test_a_message_that_is_set_aside_is_counted_so(parish: Parish) -> None:
    before = count("ear", "onward_messages_parked_total", type="bell.rang.v1")
    consumed = count("ear", "messaging_client_consumed_messages_total")
    parish.ring(UNBEARABLE)

    parish.listener.deliver(pending(parish.bell, "ear", None, 10))

    assert count("ear", "onward_messages_parked_total", type="bell.rang.v1") == before + 1
    assert count("ear", "messaging_client_consumed_messages_total") == consumed


def test_what_every_reader_has_is_counted_as_sent(parish: Parish) -> None:
    before = count("bell", "messaging_client_sent_messages_total")
    feed = Feed(parish.listener, [parish.bell, parish.ear], [parish.listener, parish.ringer])
    parish.ring()

    feed.carry()
    feed.mark()

    assert count("bell", "messaging_client_sent_messages_total") == before + 1


def start(folder: Path, duty: str, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", DUTY, str(folder), duty, str(times)]
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    lines = []
    for line in process.stdout:
        if not line.strip():
            break
        lines.append(line)
    return "".join(lines)


def end(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def parked(text: str) -> float:
    return total(text, "onward_messages_parked_total", service="intake")


def test_each_process_of_a_service_tells_what_all_of_them_counted(tmp_path: Path) -> None:
    work = start(tmp_path, "work", 3)
    alone = parked(said(work))
    web = start(tmp_path, "web", 2)
    together = parked(said(web))
    end(work)
    end(web)

    assert (alone, together) == (3, 5)


def test_a_process_that_was_killed_goes_on_counting_where_it_was(tmp_path: Path) -> None:
    for _ in range(3):
        process = start(tmp_path, "work", 4)
        text = said(process)
        end(process)

    assert parked(text) == 12
    assert len(list(tmp_path.glob("*.db"))) == 1


def test_two_processes_with_one_duty_do_not_write_in_one_file(tmp_path: Path) -> None:
    first, second = start(tmp_path, "web", 1), start(tmp_path, "web", 1)
    told = {parked(said(first)), parked(said(second))}
    end(first)
    end(second)

    assert max(told) == 2
    assert len(list(tmp_path.glob("*.db"))) == 2


def test_a_torn_file_costs_its_counts_and_nothing_else(tmp_path: Path) -> None:
    process = start(tmp_path, "work", 4)
    said(process)
    end(process)
    (file,) = tmp_path.glob("counter_*.db")
    whole = file.read_bytes()
    file.write_bytes(whole[:20] + b"\xff" * 64 + whole[84:])

    process = start(tmp_path, "work", 1)
    text = said(process)
    end(process)

    assert parked(text) == 1
