"""A restricted request is kept and used for nothing: not sent on, and not talked about."""

from __future__ import annotations

from typing import Any

import pytest

from services.matching.errors import AnswerRefusedError, DealRefusedError
from services.matching.retrying import Retrying
from services.matching.usecases.proposing import propose, send
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_case_review import HUB, Panel


def restricts(ear: Ear, request: Any, *, restricted: bool = True, sequence: int = 3) -> None:
    """Let intake say that a request is kept and used for nothing, or that this is over."""
    about = {"request_id": request.request_id, "restricted": restricted}
    ear.hears(ear.message("request.restricted", sequence=sequence, **about))


@pytest.fixture
def panel(matching: Matching) -> Panel:
    return Panel(matching)


def test_a_restricted_request_is_on_no_agenda_and_its_case_stays_closed(panel: Panel) -> None:
    request = panel.asks(HUB)
    case = panel.lists(panel.hub)
    restricts(panel.ear, request)

    assert panel.agenda(panel.hub) == []
    assert panel.suggested(panel.hub) == []
    assert panel.opens(panel.hub, case) is None
    with pytest.raises(DealRefusedError):
        panel.lists(panel.advice)
    assert [one["object_type"] for one in panel.matching.announced("access.denied")] == ["case"]

    restricts(panel.ear, request, restricted=False, sequence=4)
    assert panel.agenda(panel.hub) == ["HDJ-2RF"]
    assert panel.opens(panel.hub, case) is not None


def test_nothing_is_sent_of_a_restricted_request_until_that_is_over(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    ear, request = Ear(matching), matching.asks(MONEY)
    restricts(ear, request)

    ear.hears(ear.given(request, grant(ADVICE)))
    Retrying(matching.store).look()
    assert matching.the_referral(request).state == "proposed"
    assert matching.announced("match.failed") == []

    restricts(ear, request, restricted=False, sequence=4)
    assert matching.the_referral(request).state == "sent"


def test_no_worker_sends_or_proposes_what_is_restricted(matching: Matching) -> None:
    (_, other) = matching.publishes(a_service(ADVICE), a_service(MONEY, needs=["food"]))
    ear, request = Ear(matching), matching.asks(MONEY)
    restricts(ear, request)
    ear.hears(ear.given(request, grant(ADVICE)))
    referral = matching.the_referral(request)

    with (
        matching.store.begin(actor=a_client(SURGERY)) as tx,
        pytest.raises(AnswerRefusedError, match="restricted"),
    ):
        send(referral.id, referral.version, tx)
    with (
        matching.store.begin(actor=a_client(SURGERY)) as tx,
        pytest.raises(AnswerRefusedError, match="restricted"),
    ):
        propose(request.request_id, other, "They speak her language.", tx)
