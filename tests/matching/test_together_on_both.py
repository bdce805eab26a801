"""Agreements, the register and case review mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from services.matching.domain.deals import Party, Stage
from services.matching.domain.reciprocity import Flow
from services.matching.restating import PARTS
from services.matching.usecases.case_reviews import Action, Review, record_review
from services.matching.usecases.disclosing_cases import todo
from services.matching.usecases.keeping_deals import admit
from services.matching.usecases.panels import seated
from shared.bus.restating import restate
from tests.matching.drivers import ADVICE, MONEY, SURGERY, Matching
from tests.matching.test_case_review import HUB, Panel
from tests.matching.test_deals import agreed, full


@pytest.mark.usefixtures("where")
def test_a_trial_a_refusal_and_a_review_from_end_to_end(tmp_path: Path) -> None:
    matching = Matching(tmp_path / "m")
    panel = Panel(matching)
    deal = agreed(matching, Party(SURGERY, Stage.TRIAL, trial_limit=1), full(ADVICE))
    since = matching.clock.now() - timedelta(days=1)

    taken = panel.asks(HUB, threshold=3, needs=("debt", "benefits", "housing"))
    limited = panel.asks(HUB, reference="ABC-123")
    with matching.store.begin(actor=panel.hub) as tx:
        admit(deal, 1, full(SURGERY), tx)
    matching.declines(matching.opens(matching.the_referral(panel.asks(reference="DEF-456"))))

    assert [r.agency_id for r in matching.referrals(limited)] == [MONEY]
    with matching.store.read() as tx:
        assert tx.flows(since) == [(SURGERY, ADVICE, Flow(2, 0, 1))]
        assert [refused.reason for refused in tx.refusals_to(SURGERY, since)] == ["NO_CAPACITY"]
    assert [line[0] for line in panel.suggested(panel.hub)] == ["SEVERAL_NEEDS", "NOBODY_ASKED"]
    case = panel.lists(panel.advice)
    with panel.by(panel.advice) as tx:
        ring = Action("Ring", ADVICE, date(2099, 1, 1))
        record_review(case, 1, Review("SETTLED", "It is clear.", (ring,)), tx)
    assert panel.agenda(panel.hub) == []
    with panel.by(panel.advice) as tx:
        mine = seated(panel.id, tx)
        assert [one.request_id for one, _ in todo(mine, tx)] == [taken.request_id]
    with panel.by(panel.hub) as tx:
        assert todo(seated(panel.id, tx), tx) == []


def test_agreements_are_told_again_as_they_stand_and_move_nobody(matching: Matching) -> None:
    panel = Panel(matching)
    deal = agreed(matching, full(ADVICE), Party(SURGERY, Stage.INVITED))
    with panel.by(panel.hub) as tx:
        admit(deal, 1, full(SURGERY), tx)
    before = matching.announced("agreement.changed")

    restate(matching.store, PARTS, batch=1)

    again = matching.announced("agreement.changed")[len(before) :]
    newest = {told["agreement_id"]: {**told, "moved": []} for told in before}
    assert {told["agreement_id"]: told for told in again} == newest
    assert len(again) == 2
