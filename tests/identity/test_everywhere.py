"""What identity announces takes hold in another service, over the real bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from identity.front import AGENCY, MARTA, OMAR, FrontDesk

from driving.waiting import looks
from services.identity.handlers import HANDLERS
from services.identity.heard import AgencyChanged
from services.identity.usecases import revoke_client
from shared.bus import Worker
from shared.bus.embedded import EmbeddedBus
from shared.web import standing

pytestmark = pytest.mark.usefixtures("where")


@pytest.fixture
def bus(desk: FrontDesk) -> Iterator[EmbeddedBus]:
    there = desk.matching.extensions["store"]
    workers = [desk.worker, Worker("matching", there, handlers=standing.HANDLERS)]
    bus = EmbeddedBus([desk.store, there], workers)
    bus.start()
    yield bus
    bus.stop()


def _soon(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, at most five seconds."""
    return any(holds() for _ in looks(5))


@pytest.mark.usefixtures("bus")
def test_signing_out_ends_the_sessions_of_other_services(desk: FrontDesk) -> None:
    browser = desk.browser()
    browser.sign_in()
    assert browser.step("/agency/").status_code == 200

    browser.send("/sign-out", browser.open("/sign-out"))

    assert _soon(lambda: browser.step("/agency/").status_code == 303)


@pytest.mark.usefixtures("bus")
def test_a_member_of_staff_who_leaves_is_signed_out_of_other_services(desk: FrontDesk) -> None:
    browser = desk.browser()
    browser.sign_in()

    desk.load(staff=[desk.member(MARTA, "marta", active=False), desk.member(OMAR, "omar")])

    assert _soon(lambda: browser.step("/agency/").status_code == 303)


@pytest.mark.usefixtures("bus")
def test_a_revoked_client_is_refused_by_other_services_before_its_token_ends(
    desk: FrontDesk,
) -> None:
    token = desk.token(desk.assertion()).json["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    api = desk.matching.test_client()
    assert api.get("/api/v1/referrals", headers=headers).status_code == 200

    with desk.store.begin() as tx:
        revoke_client("advice", tx)

    assert _soon(lambda: api.get("/api/v1/referrals", headers=headers).status_code == 401)


def test_an_agency_that_leaves_takes_its_staff_and_clients_along(desk: FrontDesk) -> None:
    browser = desk.browser()
    browser.sign_in()

    with desk.store.begin() as tx:
        HANDLERS[AgencyChanged](AgencyChanged(AGENCY, "Wandle Advice", active=False), tx)

    assert desk.announced()[-3:] == ["session.ended.v1"] + ["client.revoked.v1"] * 2
    assert browser.step("/account/").status_code == 303
    assert desk.token(desk.assertion()).status_code == 401
