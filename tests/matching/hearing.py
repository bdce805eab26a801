"""What others tell matching, handed over as the bus does: once each, in whatever order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from services.matching.handlers import HANDLERS, RESTATED
from services.matching.heard import RequestSubmitted
from shared.bus.envelope import Message
from shared.bus.worker import Worker
from shared.ids import new_id
from tests.matching.drivers import Matching

GOLDEN = Path(__file__).parent.parent / "contracts"
ALL = ("identity", "story")


def grant(agency: UUID, *categories: str, purpose: str = "refer") -> dict[str, Any]:
    return {"purpose": purpose, "recipient": agency, "categories": categories or ALL}


class Ear:
    """Matching's worker: tells it events of a request and of consents."""

    def __init__(self, matching: Matching) -> None:
        self.matching = matching
        self._worker = Worker("matching", matching.store, handlers=HANDLERS, restated=RESTATED)

    def message(self, kind: str, *, sequence: int = 1, **told: Any) -> Message:
        example = json.loads((GOLDEN / f"{kind}.v1" / "example.json").read_text())
        return Message(
            id=new_id(),
            type=f"{kind}.v1",
            producer="intake",
            subject="s",
            time=self.matching.clock.now(),
            sequence=sequence,
            actor={},
            correlation_id=None,
            causation_id=None,
            expires=None,
            producer_epoch="e",
            producer_seq=1,
            producer_prev="",
            body=orjson.dumps({**example, **told}),
        )

    def hears(self, *messages: Message) -> None:
        assert self._worker.deliver(messages) == {}

    def hears_again(self, *messages: Message) -> None:
        """Hear *messages* as restatements."""
        when = self.matching.clock.now()
        self.hears(*(replace(m, id=new_id(), restates=when) for m in messages))

    def submitted(self, request: RequestSubmitted) -> Message:
        return self.message("request.submitted", **asdict(request))

    def given(
        self, request: RequestSubmitted, *grants: dict[str, Any], consent: UUID | None = None
    ) -> Message:
        told = {"consent_id": consent or new_id(), "request_id": request.request_id}
        return self.message("consent.given", **told, grants=grants)

    def ended(
        self,
        request: RequestSubmitted,
        consent: UUID,
        *grants: dict[str, Any],
        kind: str = "withdrawn",
        sequence: int = 2,
    ) -> Message:
        told = {"consent_id": consent, "request_id": request.request_id, "ended": grants}
        return self.message(f"consent.{kind}", sequence=sequence, **told, remaining=[])

    def refused(self, request: RequestSubmitted, *agencies: UUID) -> Message:
        told = {"consent_id": new_id(), "request_id": request.request_id}
        return self.message("consent.refused", **told, recipients=agencies)

    def over(self, request: RequestSubmitted, kind: str, sequence: int = 9, **told: Any) -> Message:
        ids = {"request_id": request.request_id, "reference": request.reference}
        return self.message(f"request.{kind}", sequence=sequence, **ids, **told)

    def amended(self, request: RequestSubmitted, sequence: int = 2, **told: Any) -> Message:
        kept = ("needs", "area_codes", "age", "language", "urgency", "threshold")
        same = {name: getattr(request, name) for name in kept}
        whom = ("hidden_from_agencies", "hidden_from_staff", "hidden_from_teams")
        hidden: dict[str, Iterable[UUID]] = dict.fromkeys(whom, ())
        ids = {"request_id": request.request_id, **same, **hidden}
        return self.message("request.amended", sequence=sequence, **{**ids, **told})
