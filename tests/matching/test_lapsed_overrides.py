"""What nobody looked at in time releases nothing new: no referral, and no note."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.matching.errors import NotPossibleError
from services.matching.retrying import Retrying
from services.matching.usecases.noting import write_note
from services.matching.usecases.proposing import send
from shared.ids import new_id
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching, a_client, a_service
from tests.matching.hearing import Ear, grant
from tests.matching.test_notes_without_story import reads

A_DAY = timedelta(hours=24)
ON_BOTH = pytest.mark.usefixtures("where")


class Override:
    """An override that names ADVICE, and its second look."""

    def __init__(self, matching: Matching, request: Any) -> None:
        self._ear = Ear(matching)
        self._ids = {"override_id": new_id(), "request_id": request.request_id}
        by = matching.clock.now() + A_DAY
        told = {"grants": [grant(ADVICE)], "review_by": by}
        self._ear.hears(self._ear.message("override.recorded", **self._ids, **told))

    def is_upheld(self) -> None:
        told = {"decision": "upheld", "remaining": []}
        self._ear.hears(self._ear.message("override.reviewed", sequence=2, **self._ids, **told))


@pytest.fixture
def service(matching: Matching) -> UUID:
    return matching.publishes(a_service(ADVICE, places=1))[0]


@ON_BOTH
def test_an_override_that_lapsed_sends_nothing_until_somebody_has_looked_at_it(
    matching: Matching, service: UUID
) -> None:
    request = matching.asks(MONEY)
    matching.says_places(service, 0)
    override = Override(matching, request)
    matching.clock.advance(A_DAY)
    matching.says_places(service, 3)

    Retrying(matching.store).look()
    referral = matching.the_referral(request)
    assert referral.state == "proposed"
    with (
        matching.store.begin(actor=a_client(SURGERY)) as tx,
        pytest.raises(NotPossibleError),
    ):
        send(referral.id, referral.version, tx)

    override.is_upheld()
    assert matching.the_referral(request).state == "sent"


def test_before_it_lapses_it_sends(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY)

    Override(matching, request)

    assert matching.the_referral(request).state == "sent"


def test_by_an_override_that_lapsed_nothing_is_read_that_others_wrote(matching: Matching) -> None:
    matching.publishes(a_service(ADVICE))
    request = matching.asks(MONEY)
    override = Override(matching, request)
    sent = matching.the_referral(request)
    with matching.store.begin(actor=a_client(SURGERY)) as tx:
        write_note(sent.id, "He waits outside the school.", tx)
    assert reads(matching, sent, ADVICE) != set()

    matching.clock.advance(A_DAY)
    assert reads(matching, sent, ADVICE) == set()

    override.is_upheld()
    assert reads(matching, sent, ADVICE) != set()
