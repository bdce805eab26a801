"""Writing down what the choice was: referrals sent or only proposed, and needs nobody meets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.matching.domain.capacity import Way
from services.matching.domain.criteria import wards_and_lists
from services.matching.domain.transitions import step
from services.matching.messages import MatchFailed, ReferralProposed, ReferralSent
from services.matching.storage.clock_columns import NO_CLOCKS
from services.matching.usecases.accepting import accept_by_phone
from services.matching.usecases.explaining import explanation, rules_version
from services.matching.usecases.telling import tell_capacity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from services.matching.domain.agreement import Agreement
    from services.matching.domain.choice import Failure, Pick
    from services.matching.domain.transitions import Row as Transition
    from services.matching.heard import RequestSubmitted
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.guide_index import Option

PROPOSED, SENT = step("T5", "proposed"), step("T7", "sent")


class Sending:
    """One request on its way; `ids` are the referrals for which places may be held."""

    def __init__(
        self,
        request: RequestSubmitted,
        options: Mapping[UUID, Option],
        ids: Mapping[UUID, UUID],
        agreement: Agreement,
        why: Mapping[str, Any],
        tx: MatchingTransaction,
    ) -> None:
        self.request, self.tx = request, tx
        self._options, self._ids = options, ids
        self._agreement = agreement
        self._why = why

    def send(self, pick: Pick) -> None:
        """Create a referral and put it to the agency (T5, T7)."""
        referral_id = self._ids[pick.candidate.entry.service_id]
        clocks = self._clocks(pick)
        due = clocks["answer_by"]
        sent = {"version": 2, "sent_at": self.tx.now, "consent_needed": False, **clocks}
        self._write(pick, referral_id, SENT, sent)
        self._tell_proposed(pick, referral_id, consent_needed=False)
        self.tx.record(referral_id, 2, SENT, due_at=due)
        self.tx.announce(self._sent(pick, referral_id, due), sequence=2)
        self._after_offer(pick)
        if self.request.agreed_by_phone and pick.candidate.way is Way.PLACE:
            accept_by_phone(referral_id, self.tx)

    def propose(self, pick: Pick) -> None:
        """Create a referral that waits until the person agrees to the agency (T5).

        Whoever said no, or took it back, is not asked again; nor is whoever agreed already, where
        the partnership leaves sending to a worker.
        """
        referral_id, agency = self.tx.new_id(), pick.candidate.entry.agency_id
        asked = self._agreement.refused(agency) or self._agreement.ended(agency)
        asked = asked or self._suffices(pick)
        unsent = {"version": 1, "sent_at": None, "consent_needed": not asked, **NO_CLOCKS}
        self._write(pick, referral_id, PROPOSED, unsent)
        self._tell_proposed(pick, referral_id, consent_needed=not asked)

    def _suffices(self, pick: Pick) -> bool:
        entry = pick.candidate.entry
        return self._agreement.suffices(entry.agency_id, self._options[entry.service_id].categories)

    def admit(self, failures: Sequence[Failure]) -> None:
        """Say for which needs nobody could be asked, and remember each as a gap."""
        unnamed = [failure for failure in failures if failure.service_id is None]
        if unnamed:
            self._announce_failure(
                needs=tuple(need for failure in unnamed for need in failure.needs),
                reasons=tuple(sorted({code for failure in unnamed for code in failure.reasons})),
            )
        for failure in failures:
            self._note_gaps(failure)
            if failure.service_id is not None:
                self._announce_failure(failure.needs, failure.reasons, failure.service_id)

    def _clocks(self, pick: Pick) -> dict[str, Any]:
        """Return the clocks that begin with the sending."""
        return self.tx.begin_clocks(
            pick.candidate.entry.standing.clock_profile,
            self.request.urgency,
            asked=self.request.submitted_at,
            band=self.request.threshold,
        )

    def _write(
        self, pick: Pick, referral_id: UUID, row: Transition, values: Mapping[str, Any]
    ) -> None:
        request, entry = self.request, pick.candidate.entry
        version = self._options[entry.service_id].version
        self.tx.new_referral(
            row,
            id=referral_id,
            request_id=request.request_id,
            reference=request.reference,
            service_id=entry.service_id,
            agency_id=entry.agency_id,
            referrer_agency_id=request.referrer_agency_id,
            consent_id=request.consent_id,
            categories=sorted(self._agreement.live(entry.agency_id)),
            needs=list(pick.needs),
            urgency=request.urgency,
            way=pick.candidate.way,
            explanation=explanation(pick, version, request.geography_version),
            rules_version=rules_version(version),
            geography_version=request.geography_version,
            decision=self._why,
            **values,
        )

    def _tell_proposed(self, pick: Pick, referral_id: UUID, *, consent_needed: bool) -> None:
        entry, request = pick.candidate.entry, self.request
        self.tx.record(referral_id, 1, PROPOSED)
        event = ReferralProposed(
            referral_id=referral_id,
            request_id=request.request_id,
            service_id=entry.service_id,
            agency_id=entry.agency_id,
            consent_id=request.consent_id,
            needs=pick.needs,
            consent_needed=consent_needed,
            rules_version=rules_version(self._options[entry.service_id].version),
            geography_version=request.geography_version,
        )
        self.tx.announce(event, sequence=1)

    def _sent(self, pick: Pick, referral_id: UUID, due: datetime) -> ReferralSent:
        entry, request = pick.candidate.entry, self.request
        return ReferralSent(
            referral_id=referral_id,
            request_id=request.request_id,
            reference=request.reference,
            service_id=entry.service_id,
            agency_id=entry.agency_id,
            consent_id=request.consent_id,
            referrer_agency_id=request.referrer_agency_id,
            needs=pick.needs,
            urgency=request.urgency,
            enquiry=pick.candidate.way is Way.ENQUIRY,
            sent_at=self.tx.now,
            answer_by=due,
        )

    def _after_offer(self, pick: Pick) -> None:
        entry = pick.candidate.entry
        figure = entry.standing.places
        if pick.candidate.way is not Way.PLACE:
            self.tx.offered(entry.service_id)
        elif figure and figure.free == 1:
            tell_capacity(entry.service_id, self.tx)

    def _announce_failure(
        self, needs: tuple[str, ...], reasons: tuple[str, ...], service_id: UUID | None = None
    ) -> None:
        self.tx.announce(
            MatchFailed(
                request_id=self.request.request_id,
                reference=self.request.reference,
                referrer_agency_id=self.request.referrer_agency_id,
                needs=needs,
                area_codes=wards_and_lists(self.request.area_codes)[0],
                reasons=reasons,
                service_id=service_id,
            )
        )

    def _note_gaps(self, failure: Failure) -> None:
        for need in failure.needs:
            self.tx.note_gap(
                self.request.request_id,
                need,
                area_codes=wards_and_lists(self.request.area_codes)[0],
                reasons=failure.reasons,
                service_id=failure.service_id,
                decision=self._why,
            )
