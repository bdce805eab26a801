"""A person hides from one team of an agency: its members find nothing, their colleagues help."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from driving.load import partners, with_scope
from driving.partner import Partner
from driving.people import staff_of
from driving.stories import a_story
from driving.visitor import Visitor
from driving.waiting import looks

if TYPE_CHECKING:
    from collections.abc import Callable

    from driving.running import RunningHub
    from driving.served import ServedHub

AGENCY, FEARED, NEED = "Lavender Minds", "Talking support", "isolation"
MEMBER = "Joe Marsh"


def signed_in(hub: RunningHub | ServedHub, role: str, path: str) -> Visitor:
    member = staff_of(hub, AGENCY, role)
    visitor = Visitor(hub.base_url).get(path)
    visitor.submit(visitor.form("sign-in"), {name: member[name] for name in ("email", "password")})
    code = pyotp.TOTP(member["totp_secret"]).now()
    return visitor.submit(visitor.form("code"), {"code": code})


def until(holds: Callable[[], Any]) -> Any:
    found = next((found for _ in looks(30) if (found := holds())), None)
    assert found
    return found


@pytest.mark.parametrize("hub", ["running_hub", "served_hub"])
def test_who_works_in_the_team_sees_it_only_once_they_work_there_no_more(
    hub: str, request: pytest.FixtureRequest
) -> None:
    there: RunningHub | ServedHub = request.getfixturevalue(hub)
    referrer = partners(there, 1)[0]
    services = referrer.call("GET", "/api/v1/services?limit=200").json["items"]
    (feared,) = [one for one in services if one["name"] == FEARED]
    agency = feared["agency_id"]
    own = next(one for one in with_scope(there, "referral.read") if one["agency_id"] == agency)
    story = a_story(referrer.notice, [agency], needs=[NEED], hidden_from_teams=[feared["id"]])

    asked = referrer.submit(story).json

    def came() -> Any:
        path = "/api/v1/referrals?role=receiver&limit=200"
        known = Partner(there.credentials, own).call("GET", path).json["items"]
        return [one["id"] for one in known if one["request_id"] == asked["id"]]

    (referral,) = until(came)
    page, person = f"/agency/referrals/{referral}", f"/requests/{asked['id']}/person"
    member = signed_in(there, "worker", "/agency/?sort=newest")
    assert (member.status, asked["reference"] in member.html) == (200, False)
    assert member.get(page).status == 404
    member.get(f"{person}?referral={referral}")
    assert member.submit(member.form()).status == 404

    lead = signed_in(there, "manager", "/account/").get("/account/teams")
    link = re.search(rf'href="(/account/teams/[0-9a-f-]+)"[^>]*>\s*{MEMBER}', lead.html)
    assert link is not None, lead.html
    lead.get(link[1])
    lead.submit(lead.form(), {"teams": []})
    assert f"The teams of {MEMBER} are saved." in lead.html

    until(lambda: member.get(page).status == 200)
    assert asked["reference"] in member.html
    member.get(f"{person}?referral={referral}")
    assert member.submit(member.form()).status == 200
    assert story["person"]["given_name"] in member.html
