"""How each way agrees and speaks: who says yes, in which manner, and who told us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain.capacity import Authority
from services.intake.domain.submission import Discussion, NamedService, Speaker
from services.intake.http.public.ways import BEHALF, PHONE

if TYPE_CHECKING:
    from services.intake.http.public.answers import Answers
    from services.intake.http.public.ways import Way
    from services.intake.storage import IntakeTransaction

ON_LINE, SPOKEN = "online_form", {"phone": "phone", "walkin": "in_person_verbal"}
SPOKEN_SOURCE = {"phone": "SELF_PHONE", "walkin": "SELF_WALKIN"}
BEHALF_SOURCE = {"family": "CONCERN_FAMILY", "neighbour": "CONCERN_NEIGHBOUR"}
SELF_SOURCE = "SELF_WEB"
SAID_SO = "Said on the form to have parental responsibility; no paper was seen"


@dataclass(frozen=True, slots=True)
class Manner:
    """How consent is given: by whom, in which manner, before which witness."""

    method: str = ON_LINE
    given_by: str = "self"
    witness: str | None = None
    authority: Authority | None = None


def manner_of(way: Way, given: Answers, tx: IntakeTransaction) -> Manner:
    """Return how consent is given on *way*."""
    if way is PHONE:
        method = SPOKEN[given.text("call", "call")]
        return Manner(method, witness=tx.actor.name or "A member of staff")
    if way is BEHALF and given.text("knows", "knows") == "parent":
        name = given.text("helper", "helper_name")
        return Manner(given_by="parent_pr", authority=Authority(name, SAID_SO, tx.now.date()))
    return Manner()


def source_of(way: Way, given: Answers) -> str:
    """Return the code of where a request on *way* comes from."""
    if way is PHONE:
        return SPOKEN_SOURCE[given.text("call", "call")]
    return BEHALF_SOURCE.get(given.text("helper", "relationship"), SELF_SOURCE)


def speaker_of(way: Way, given: Answers) -> Speaker | None:
    """Return who told it, where that was not the person."""
    if way is not BEHALF:
        return None
    name, phone = (given.text("helper", field) for field in ("helper_name", "helper_phone"))
    return Speaker(name, phone, given.text("helper", "relationship"))


def agreed_by_phone(given: Answers, tx: IntakeTransaction) -> tuple[NamedService, ...]:
    """Return the service that said yes by telephone before this was entered, if one did."""
    service, name = (given.text("agreed", field) for field in ("service", "spoken_to"))
    if not service:
        return ()
    talk = Discussion(name, "phone", tx.now, agreed=True)
    return (NamedService(UUID(service), discussed_with=talk),)
