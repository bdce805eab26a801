"""The gate's copy of a referral follows whatever stops it, pauses it or lets it go on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.gate import CLOSING
from services.intake.handlers import STATES
from services.intake.usecases.disclosing import Refusal, disclose
from shared.bus.catalogue import CATALOGUE
from shared.bus.message import HEARD
from tests.intake.desk import Desk
from tests.intake.telling import ADVICE

GOLDEN = Path(__file__).parent.parent / "contracts"
CLOSES = sorted(HEARD[cls] for cls, to in STATES.items() if to in CLOSING)
MOVES_NOTHING = {
    "referral.contacted.v1",
    "referral.reassigned.v1",
    "referral.outcome_recorded.v1",
}
GOES_ON = ("referral.resumed.v1", "referral.cancel_refused.v1")


def hears(desk: Desk, kind: str, sequence: int, ids: dict[str, UUID], **told: Any) -> None:
    example = json.loads((GOLDEN / kind / "example.json").read_text())
    desk.hears(kind, ids["referral_id"], sequence, **{**example, **ids, **told})


@pytest.fixture
def asked(desk: Desk) -> dict[str, UUID]:
    submitted = desk.takes_in()
    referral = desk.put_to(submitted, "proposed", "sent", "opened")
    return {"referral_id": referral, "request_id": submitted.id, "agency_id": ADVICE}


def state(desk: Desk, asked: dict[str, UUID]) -> str:
    with desk.store.read() as tx:
        step = tx.referral_now(asked["referral_id"])
    return str(step.state if step else None)


def sees(desk: Desk, asked: dict[str, UUID]) -> bool:
    ids = (asked["request_id"], asked["referral_id"], ADVICE)
    with desk.store.begin() as tx:
        return not isinstance(disclose(*ids, "refer", tx), Refusal)


def test_every_step_of_a_referral_that_moves_it_is_heard() -> None:
    told = {kind for kind in CATALOGUE if kind.startswith("referral.")}

    assert told - MOVES_NOTHING == {HEARD[cls] for cls in STATES}


@pytest.mark.parametrize("kind", CLOSES)
def test_whatever_ends_or_halts_it_closes_the_gate(
    desk: Desk, asked: dict[str, UUID], kind: str
) -> None:
    assert sees(desk, asked)

    hears(desk, kind, 9, asked)

    assert not sees(desk, asked)


@pytest.mark.parametrize("kind", GOES_ON)
def test_what_goes_on_is_open_again_as_it_was(
    desk: Desk, asked: dict[str, UUID], kind: str
) -> None:
    hears(desk, "referral.halted.v1", 4, asked)
    hears(desk, kind, 5, asked, state="accepted")

    assert state(desk, asked) == "accepted"
    assert sees(desk, asked)


def test_a_halt_that_is_heard_after_the_resumption_changes_nothing(
    desk: Desk, asked: dict[str, UUID]
) -> None:
    hears(desk, "referral.resumed.v1", 5, asked, state="opened")
    hears(desk, "referral.halted.v1", 4, asked)

    assert state(desk, asked) == "opened"
    assert sees(desk, asked)
