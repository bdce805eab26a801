"""The words people read at a case review."""

from __future__ import annotations

from services.matching.domain.case_review import Decision, Why

WHY: dict[str, str] = {
    Why.ASKED: "Somebody asked to talk about it",
    Why.NOBODY_ASKED: "No agency has it now",
    Why.OVERDUE: "An answer is overdue",
    Why.STALLED: "Nothing has happened for a week",
    Why.REFUSED_OFTEN: "Two or more agencies could not take it",
    Why.WAITED_LONG: "Waiting for more than four weeks",
    Why.SEVERAL_NEEDS: "Three or more needs",
    Why.SEVERAL_AGENCIES: "Two or more agencies help",
    Why.HIGH_NEED: "A high level of need",
}
DECISIONS: dict[Decision, str] = {
    Decision.SETTLED: "It is clear who helps. Take it off the agenda",
    Decision.AGAIN: "Talk about it again at a later meeting",
    Decision.ELSEWHERE: "It belongs to another place, such as a safeguarding meeting",
}
