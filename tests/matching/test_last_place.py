"""Two receivers take the last place at once: one has it, the other is told honestly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.matching import create_app, usecases
from services.matching.domain.transitions import State
from services.matching.errors import NoPlaceError
from shared.testing.sign_on import PretendIssuer
from tests.matching.drivers import ADVICE, Matching, a_service
from tests.matching.helping import Helping
from tests.matching.test_api import Partner, problem
from tests.matching.test_never_over_allocated import another, at_once

if TYPE_CHECKING:
    from uuid import UUID

ON_BOTH = pytest.mark.usefixtures("where")


def waiting_for_one_place(matching: Matching) -> tuple[UUID, list[Any]]:
    """Return a service with one place, and two people on its list."""
    (service,) = matching.publishes(a_service(ADVICE, places=0, takes_waiting_list=True))
    sent = [matching.the_referral(matching.asks(ADVICE)) for _ in range(2)]
    waiting = [matching.accepts(matching.opens(referral)) for referral in sent]
    matching.says_places(service, 1, takes_waiting_list=True)
    return service, waiting


@ON_BOTH
def test_of_two_who_start_at_once_one_takes_the_place_and_one_waits_on(matching: Matching) -> None:
    service, waiting = waiting_for_one_place(matching)
    doors = Helping(matching), Helping(another(matching))

    results = at_once(
        *(
            lambda door=door, referral=referral: door.does(usecases.start, referral, door.today)
            for door, referral in zip(doors, waiting, strict=True)
        )
    )

    assert sorted(type(result) is NoPlaceError for result in results) == [False, True]
    states = sorted(doors[0].now(referral).state for referral in waiting)
    assert states == [State.ACTIVE, State.WAITING]
    assert matching.capacity(service).accepted == 1


def test_over_the_api_one_is_told_200_and_one_409_with_what_to_do(matching: Matching) -> None:
    service, waiting = waiting_for_one_place(matching)
    app = create_app(matching.settings, matching.store)
    partner = Partner(app, PretendIssuer(app), ADVICE)
    body = {"started_on": str(matching.clock.now().date())}

    answers = at_once(
        *(
            lambda referral=referral: partner.calls(
                "POST", f"/referrals/{referral.id}/start", version=referral.version, json=body
            )
            for referral in waiting
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    assert problem(refused) == "no-place"
    assert "keeps their place on your waiting list" in refused.get_json()["detail"]
    assert matching.capacity(service).accepted == 1
