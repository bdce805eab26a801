"""The catalogue, the announcers' classes, the readers' classes and the golden examples agree."""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from shared.bus import access, told_by_many
from shared.bus.catalogue import ALL_SERVICES, CATALOGUE
from shared.bus.message import ANNOUNCED, HEARD, read
from shared.web import standing

GOLDEN = Path(__file__).parent
NEVER_IN_A_LEAF = {"name", "email", "mailbox", "phone", "sealed", "public_key", "description"}


def classes(module: ModuleType, declared: dict[type, Any]) -> list[type]:
    return [cls for cls in vars(module).values() if isinstance(cls, type) and cls in declared]


def writers() -> list[tuple[str, type]]:
    modules = [
        importlib.import_module(f"services.{s}.messages") for s in ALL_SERVICES if s != "audit"
    ]
    modules += [access, told_by_many]
    return [(ANNOUNCED[cls].type, cls) for m in modules for cls in classes(m, ANNOUNCED)]


def readers() -> list[tuple[str, type]]:
    folder = GOLDEN.parent.parent / "services"
    found = [file for s in ALL_SERVICES for file in sorted((folder / s).glob("heard*.py"))]
    names = [f"services.{file.parent.name}.{file.stem}" for file in found]
    modules = [*map(importlib.import_module, names), standing]
    pairs = {cls: HEARD[cls] for m in modules for cls in classes(m, HEARD)}
    return [(kind, cls) for cls, kind in pairs.items()]


def golden(kind: str) -> list[Any]:
    return [json.loads(file.read_text()) for file in sorted((GOLDEN / kind).glob("*.json"))]


WRITERS = writers()
READERS = readers()


def test_every_announced_type_is_in_the_catalogue_and_every_entry_is_announced() -> None:
    assert sorted(kind for kind, _ in WRITERS) == sorted(CATALOGUE)


@pytest.mark.parametrize(("kind", "cls"), WRITERS, ids=[kind for kind, _ in WRITERS])
def test_a_golden_example_is_exactly_what_its_announcer_writes(kind: str, cls: type) -> None:
    examples = golden(kind)
    assert examples, f"{kind} has no golden example"

    for example in examples:
        event = read(cls, example)
        assert json.loads(orjson.dumps(event)) == example


@pytest.mark.parametrize(
    ("kind", "cls"),
    READERS,
    ids=[f"{cls.__module__.split('.')[1]}-{kind}" for kind, cls in READERS],
)
def test_every_reader_reads_every_golden_example_even_with_fields_of_tomorrow(
    kind: str, cls: type
) -> None:
    assert kind in CATALOGUE, f"nobody announces {kind}"

    for example in golden(kind):
        assert isinstance(read(cls, {**example, "of_tomorrow": 1}), cls)


@pytest.mark.parametrize(("kind", "cls"), WRITERS, ids=[kind for kind, _ in WRITERS])
def test_a_leaf_keeps_only_declared_fields_and_nothing_that_names_anyone(
    kind: str, cls: type
) -> None:
    declared = {field.name for field in dataclasses.fields(cls)}
    leaf = set(CATALOGUE[kind].leaf)

    assert leaf <= declared
    assert leaf & NEVER_IN_A_LEAF == set()


@pytest.mark.parametrize(("kind", "cls"), WRITERS, ids=[kind for kind, _ in WRITERS])
def test_the_subject_of_an_event_is_one_of_its_fields(kind: str, cls: type) -> None:
    assert ANNOUNCED[cls].subject in {field.name for field in dataclasses.fields(cls)}
