"""What is sealed is opened in few places, each named here with its reason; none by chance."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
OPENERS = frozenset(
    {"unseal", "open_person", "open_note", "open_change"}
    | {"open_for", "open_case_note", "open_decision"}
)

FOR_AN_AGENCY = {
    "intake/usecases/disclosing.py": "the gate",
    "matching/usecases/disclosing.py": "the notes of a referral, to its two parties",
    "matching/usecases/disclosing_cases.py": "what a panel said, to whoever sits on it",
}
ASKS_THE_GATE = {
    "intake/http/details.py": "the page on which an agency reads who is referred to it",
    "intake/http/requests.py": "the same by the API",
    "intake/http/referrer/going_on.py": "a receiver's own unsent draft, to refer somebody on",
}
OTHERWISE = {
    "identity/signing_in.py": "the secret of an authenticator, to check a code",
    "intake/drafts.py": "an unsent draft, for the browser that holds its id",
    "intake/outreach.py": "a list of doors, read row by row",
    "intake/sealing.py": "how the others open",
    "intake/storage/case_drafts.py": "a referrer's own unsent draft",
    "intake/storage/changes.py": "what an amendment replaced, for a subject's own copy",
    "intake/usecases/contacting.py": "an address for one delivery, sealed again at once",
    "intake/usecases/flags_looking.py": "what was said with a danger flag, to the duty rota",
    "intake/usecases/meeting_newcomers.py": "names to hide from, against who is new; shown nowhere",
    "intake/usecases/naming_hidden.py": "names to hide from, to a coordinator, recorded",
    "intake/usecases/outreach_agreeing.py": "a door that agreed, to become a request",
    "intake/usecases/outreach_lists.py": "a list of doors, previewed by whoever brought it",
    "intake/usecases/outreach_visiting.py": "a door, to the pair that is sent to it",
    "intake/usecases/reaching.py": "contact safety, to its person and to be changed",
    "intake/usecases/recalling.py": "a request, to be amended or told anew; shown nowhere",
    "intake/usecases/reviewing.py": "the reasons of an override, to its second person",
    "intake/usecases/telling_all.py": "the whole, as the subject's own copy, by an officer",
    "intake/usecases/telling_besides.py": "corrections and names, for a subject's own copy",
    "intake/visits.py": "story and names, to their person",
    "matching/storage/desk.py": "how the desk's words open",
    "matching/storage/panels.py": "how the gate of cases opens",
    "matching/storage/requests.py": "how the gate of notes opens",
    "matching/usecases/desking.py": "the desk's words, to a coordinator, recorded",
    "notify/sealing.py": "notify's own key, and an address for one delivery",
}


def opens_something(file: Path) -> bool:
    """Tell whether a module calls anything that opens what is sealed."""
    calls = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
    return any(_opens(call.func) for call in calls)


def _opens(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in OPENERS
    if not isinstance(called, ast.Attribute):
        return False
    holder = called.value
    name = getattr(holder, "attr", getattr(holder, "id", ""))
    return called.attr in OPENERS or (called.attr == "open" and name.endswith("vault"))


def modules() -> dict[str, Path]:
    files = (file for file in SERVICES.rglob("*.py") if "migrations" not in file.parts)
    return {file.relative_to(SERVICES).as_posix(): file for file in files}


def test_only_named_modules_open_what_is_sealed() -> None:
    found = {name for name, file in modules().items() if opens_something(file)}

    assert found - set(FOR_AN_AGENCY) - set(OTHERWISE) == set(), "name it here, with its reason"
    assert set(FOR_AN_AGENCY) | set(OTHERWISE) <= found, "nothing is opened there any more"


@pytest.mark.parametrize("service", ["intake", "matching"])
def test_no_page_and_no_route_opens_anything_itself(service: str) -> None:
    pages = {name: file for name, file in modules().items() if name.startswith(f"{service}/http/")}

    assert len(pages) > 5
    assert [name for name, file in pages.items() if opens_something(file)] == []


def test_the_gate_of_intake_is_asked_by_named_routes_only() -> None:
    asked = {
        name
        for name, file in modules().items()
        if name.startswith("intake/http/") and "disclose(" in file.read_text()
    }

    assert asked == set(ASKS_THE_GATE)


@pytest.mark.parametrize("name", sorted(ASKS_THE_GATE))
def test_whoever_asks_the_gate_does_so_where_the_reading_can_be_recorded(name: str) -> None:
    gate = ast.parse((SERVICES / name).read_text())
    writes = [node for node in ast.walk(gate) if isinstance(node, ast.With) and _begins(node)]
    inside = {id(call) for block in writes for call in ast.walk(block) if _asks(call)}

    assert inside, "the gate is asked in a transaction that writes, and only there"
    assert inside == {id(call) for call in ast.walk(gate) if _asks(call)}


def _begins(block: ast.With) -> bool:
    return any(".begin(" in ast.unparse(item.context_expr) for item in block.items)


def _asks(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "disclose"
