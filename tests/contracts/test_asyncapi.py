"""What is told about the bus is what the code makes: fresh, whole, and as AsyncAPI asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy import asyncapi, yaml
from deploy.readers import readers
from shared.bus import topology
from shared.bus.catalogue import CATALOGUE

# AMQP binding 0.3.0: "MUST contain only the properties defined".
CHANNEL = {"is", "exchange", "queue", "bindingVersion"}
OPERATION = {
    *("expiration", "userId", "cc", "priority", "deliveryMode", "mandatory", "bcc"),
    *("timestamp", "ack", "bindingVersion"),
}
MESSAGE = {"contentEncoding", "messageType", "bindingVersion"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document()


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            yield from refs(value)
    if isinstance(part, list):
        for one in part:
            yield from refs(one)


def found(document: dict[str, Any], ref: str) -> Any:
    part: Any = document
    for step in ref.removeprefix("#/").split("/"):
        part = part[step]
    return part


def test_the_committed_files_are_fresh() -> None:
    stale = [
        str(file.relative_to(asyncapi.ROOT))
        for file, text in asyncapi.files().items()
        if not file.exists() or file.read_text("utf-8") != text
    ]

    assert stale == [], "run `make docs` and commit what it writes"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    targets = set(refs(document))

    assert len(targets) > 100
    assert all(found(document, ref) for ref in targets)


def test_every_announcer_of_every_type_has_an_operation(document: dict[str, Any]) -> None:
    sends = [one for one in document["operations"].values() if one["action"] == "send"]

    announced = sorted(found(document, one["channel"]["$ref"])["address"] for one in sends)

    assert announced == sorted(kind for kind, one in CATALOGUE.items() for _ in one.announcers)


def test_every_queue_of_the_topology_is_told_with_its_arguments(document: dict[str, Any]) -> None:
    told = {
        one["address"]: one["x-queue-arguments"]
        for one in document["channels"].values()
        if one["bindings"]["amqp"]["is"] == "queue"
    }

    assert told == {one.name: one.queue_arguments for one in topology.queues(readers())}


def test_a_service_receives_what_it_hears_and_audit_everything(document: dict[str, Any]) -> None:
    for service, heard in readers().items():
        operation = document["operations"][f"{service}Hears"]
        channel = found(document, operation["channel"]["$ref"])
        names = {found(document, one["$ref"])["name"] for one in channel["messages"].values()}
        assert names == (set(CATALOGUE) if heard is None else heard)

    assert readers()["audit"] is None


def test_an_operations_messages_are_those_of_its_channel(document: dict[str, Any]) -> None:
    for operation in document["operations"].values():
        within = operation["channel"]["$ref"] + "/messages/"
        assert all(one["$ref"].startswith(within) for one in operation.get("messages", ()))


def test_bindings_have_only_what_the_specification_defines(document: dict[str, Any]) -> None:
    for part, allowed in (("channels", CHANNEL), ("operations", OPERATION)):
        assert all(set(one["bindings"]["amqp"]) <= allowed for one in document[part].values())
    messages = document["components"]["messages"].values()
    assert all(set(one["bindings"]["amqp"]) <= MESSAGE for one in messages)


def test_every_message_has_an_example_with_just_the_fields_of_its_schema(
    document: dict[str, Any],
) -> None:
    for name, message in document["components"]["messages"].items():
        schema = document["components"]["schemas"][name]
        assert message["examples"], name
        for example in message["examples"]:
            given = set(example["payload"])
            assert set(schema["required"]) <= given <= set(schema["properties"]), name


def test_the_map_names_every_event_and_every_queue() -> None:
    text = asyncapi.files()[asyncapi.FOLDER / "queues.md"]

    assert all(f"`{kind}`" in text for kind in CATALOGUE)
    assert all(f"### {one.name}" in text for one in topology.queues(readers()))


SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()


def test_data_is_written_in_blocks_and_short_lists_in_one_line() -> None:
    written = yaml.dump({"a": {"b": [1, "x"], "yes": []}, "c-1": [{"d": None, "e": {}}], "": True})

    assert written.splitlines() == [
        "a:",
        '  b: [1, "x"]',
        '  "yes": []',
        "c-1:",
        "  - d: null",
        "    e: {}",
        '"": true',
    ]


@given(st.dictionaries(st.from_regex(r"[a-m]{1,8}", fullmatch=True), SCALARS, min_size=1))
def test_each_fact_stands_on_a_line_of_its_own_and_is_json(data: dict[str, Any]) -> None:
    lines = yaml.dump(data).removesuffix("\n").split("\n")

    assert {
        key: orjson.loads(value) for key, _, value in (one.partition(": ") for one in lines)
    } == data
