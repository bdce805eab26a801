"""What the documents say is so: tests exist, settings and alarms are told, licences are known."""

from __future__ import annotations

import ast
import importlib.metadata
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
CODE = [file for part in ("shared", "services", "deploy") for file in (ROOT / part).rglob("*.py")]
SETTING = re.compile(r"\bONWARD_[A-Z_]+\b")
NAMED_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
REQUIRED = re.compile(r"^([a-z][\w-]*)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def anchors(markdown: str) -> set[str]:
    """Return the anchors that headings have where the documents are read."""
    headings = re.findall(r"^#+ (.+)$", markdown, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).strip().lower().replace(" ", "-") for one in headings}


@cache
def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_guarantees_name_exists() -> None:
    named = NAMED_TEST.findall(text("docs/guarantees.md"))

    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or name not in functions(ROOT / file)
    ]

    assert len(named) > 40
    assert missing == []


def test_every_promise_names_a_test_and_how_it_is_kept() -> None:
    rows = [line for line in text("docs/guarantees.md").splitlines() if line.startswith("| ")]
    promises = [row.strip("|").split(" | ") for row in rows if not row.startswith("| promise")]

    assert [row for row in promises if len(row) != 3 or not NAMED_TEST.search(row[2])] == []


def test_every_fault_suite_is_named_by_a_promise() -> None:
    suites = {f"tests/faults/{file.name}" for file in (ROOT / "tests/faults").glob("test_*.py")}

    assert suites <= {file for file, _ in NAMED_TEST.findall(text("docs/guarantees.md"))}


def test_every_setting_that_is_read_is_told_and_every_one_told_is_read() -> None:
    read = {name for file in CODE for name in SETTING.findall(file.read_text("utf-8"))}
    told = {name for file in DOCS for name in SETTING.findall(file.read_text("utf-8"))}

    assert read == told


def test_every_make_target_that_is_named_exists_and_explains_itself() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", text("Makefile"), re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)[0].split())
    inside = r"(?:`|^    |&& )(?:[A-Z_]+=\S+ )*make ([a-z-]+)"
    named = {
        name for file in DOCS for name in re.findall(inside, file.read_text("utf-8"), re.MULTILINE)
    }

    assert named <= targets
    assert phony == targets


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else ""


def raised() -> Iterator[tuple[str, str]]:
    """Yield the name and the anchor of every alarm that code raises."""
    for file in CODE:
        code = file.read_text("utf-8")
        tree = ast.parse(code if "raise_alarm(" in code else "")
        names = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and _name(call.func) == "raise_alarm":
                name, anchor = call.args[1], call.args[3]
                assert isinstance(anchor, ast.Constant), f"{file}: the anchor is not plain"
                known = name.value if isinstance(name, ast.Constant) else names[ast.unparse(name)]
                yield str(known), str(anchor.value)


def test_every_alarm_has_a_heading_in_the_runbook_and_is_named_there() -> None:
    runbook, found = text("docs/runbook.md"), set(raised())

    assert len(found) >= 6
    assert {anchor for _, anchor in found} <= anchors(runbook)
    assert [name for name, _ in found if f"`{name}`" not in runbook] == []


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_every_link_inside_the_documents_leads_somewhere(file: Path) -> None:
    for target in LINK.findall(file.read_text("utf-8")):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        place = (file.parent / path).resolve() if path else file
        assert place.exists(), target
        assert not anchor or anchor in anchors(place.read_text("utf-8")), target


def rows_of(section: str) -> dict[str, str]:
    """Return package and licence of one table of docs/dependencies.md."""
    part = text("docs/dependencies.md").partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| ")]
    assert all(len(row) == 4 and all(row) for row in rows[1:]), section
    return {row[0]: row[1] for row in rows[1:]}


@pytest.mark.parametrize(
    ("file", "section"),
    [("run", "To run"), ("test", "To test"), ("assets", "To build the assets")],
)
def test_every_dependency_says_why_it_is_there(file: str, section: str) -> None:
    entries = re.sub(r"^-r .*$", "", text(f"requirements/{file}.in"), flags=re.MULTILINE)

    assert set(REQUIRED.findall(entries)) == set(rows_of(section))


def licences(name: str) -> str:
    """Return all that an installed distribution says of its licence."""
    told = importlib.metadata.metadata(name)
    classifiers = [one for one in told.get_all("Classifier") or [] if one.startswith("License")]
    return " / ".join(
        [told.get("License-Expression") or "", told.get("License") or "", *classifiers]
    )


def locked() -> set[str]:
    return set(re.findall(r"^([a-z0-9][\w.-]*)==", text("requirements/test.txt"), re.MULTILINE))


def test_nothing_that_is_installed_is_under_the_gpl() -> None:
    strong = re.compile(r"(?<!L)(?<!Lesser )(?:A?GPL|General Public License)", re.IGNORECASE)
    lesser = re.compile(r"LGPL|Lesser General Public License|Library or Lesser", re.IGNORECASE)
    installed = {one.metadata["Name"] for one in importlib.metadata.distributions()}

    guilty = {name: licences(name) for name in installed if strong.search(licences(name))}

    assert len(locked()) > 50
    assert {name: said for name, said in guilty.items() if not lesser.search(said)} == {}


def test_every_locked_package_says_its_licence() -> None:
    here = {one.metadata["Name"].lower() for one in importlib.metadata.distributions()}
    silent = {
        name
        for name in locked()
        if name.lower() in here and not licences(name).strip(" /") and not _licence_file(name)
    }

    assert silent == set()


def _licence_file(name: str) -> bool:
    files = importlib.metadata.files(name) or []
    return any(re.search(r"licen[cs]e|copying", file.name, re.IGNORECASE) for file in files)


def test_the_licences_told_are_those_of_the_packages() -> None:
    plain = {"BSD-3-Clause": "BSD", "ZPL-2.1": "ZPL", "Apache-2.0": "Apache"}
    for section in ("To run", "To test"):
        for name, told in rows_of(section).items():
            said = licences(name)
            if said.strip(" /"):
                assert told in said or plain.get(told, told) in said, f"{name}: {said}"
