"""What every fault is measured by: clear refusals while it stands, and nothing wrong after it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from driving.census import Census
from driving.load import Load
from driving.partner import Answer, Partner
from driving.running import RunningHub
from driving.stories import a_story
from driving.visitor import Visitor
from driving.waiting import looks

SORRY = "We cannot take this just now"


def until(true: Callable[[], object], what: str, seconds: float = 90.0) -> None:
    """Wait until *true* says so."""
    assert any(true() for _ in looks(seconds)), f"never: {what}"


def more_accepted(load: Load, count: int = 10) -> None:
    """Wait until *count* further requests have been accepted."""
    wanted = len(load.accepted) + count
    until(lambda: len(load.accepted) >= wanted, f"{count} more accepted ({load.refused[-1:]})")


def submits(partner: Partner, recipient: str) -> Answer:
    """Submit one request as *partner*."""
    return partner.submit(a_story(partner.notice, [recipient]))


def refuses_clearly(answer: Answer) -> bool:
    """Tell whether *answer* says, as RFC 9457 would, that nothing can be taken at the moment."""
    problem = answer.json
    return (
        answer.status == 503
        and answer.headers["Content-Type"] == "application/problem+json"
        and int(answer.headers["Retry-After"]) > 0
        and problem["status"] == 503
        and problem["type"].startswith("urn:onward:problem:")
        and "Traceback" not in str(problem)
    )


class PersonWaiting:
    """Someone at the first question of /ask, who presses the button whatever happens."""

    def __init__(self, hub: RunningHub) -> None:
        self.visitor = Visitor(hub.base_url).get("/ask/needs")
        self._form = self.visitor.form()

    def presses_continue(self) -> Visitor:
        return self.visitor.submit(self._form, {"needs": "debt"})

    def is_told_so(self) -> bool:
        """Tell whether the answer is a page that says what happened and whom to ring."""
        page = self.presses_continue()
        return page.status == 503 and SORRY in page.html and "116 123" in page.html

    def gets_on(self) -> bool:
        """Tell whether the same press now leads to the next question."""
        page = self.presses_continue()
        return page.status == 200 and SORRY not in page.html and "postcode" in page.html


def unready_because_of(hub: RunningHub) -> dict[str, str]:
    """Return the fault of each service that says on /readyz that it cannot work."""
    status, body = hub.readiness()
    states = body.get("services", {})
    told = {name: s["fault"] for name, s in states.items() if s["status"] == "unready"}
    assert (status == 503) == bool(told)
    return told


def all_is_well_again(hub: RunningHub, accepted: Collection[str]) -> None:
    """Assert that everything accepted is matched, told and logged once, and no alarm stands."""
    census = Census(hub.var)
    census.until_settled()
    assert census.faults(accepted) == []
    until(lambda: hub.readiness()[1].get("status") == "ready", f"ready: {hub.readiness()}")
    verdict = census.verdict()
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    _, broken, trace = hub.said().partition("Traceback")
    assert not broken, trace[:4000]


def ends_saying(hub: RunningHub, *words: str) -> None:
    """Assert that *hub* does not start, and says why in one sentence with these *words*."""
    before = len(hub.said())
    with hub.output.open("ab") as output:
        hub._process = hub._spawn(output)
    code = hub.process.wait(timeout=60)
    told = [line for line in hub.said()[before:].splitlines() if "did not start" in line]
    assert code == 1
    assert len(told) == 1, hub.said()[before:]
    assert all(word in told[0] for word in words), told
    assert "Traceback" not in hub.said()
