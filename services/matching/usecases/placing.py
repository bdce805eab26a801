"""Putting a request to services: whom to ask, and the places held for it.

Promise: a request is placed once however often it is heard. Nothing is sent without a live
grant, and no place is held that is not there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.matching.domain.agreement import Agreement
from services.matching.domain.capacity import Way
from services.matching.domain.choice import choose, choose_named
from services.matching.errors import CrowdedError
from services.matching.usecases.amending import apply_amendment
from services.matching.usecases.dealing import under_agreements
from services.matching.usecases.freezing import frozen, situation_of
from services.matching.usecases.sending import Sending
from services.matching.usecases.settling import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row

    from services.matching.domain.choice import Choice, Pick
    from services.matching.domain.criteria import Situation
    from services.matching.heard import RequestSubmitted
    from services.matching.storage import MatchingTransaction
    from services.matching.storage.guide_index import Option

TRIES = 5
AUTOMATIC = "automatic"
AMENDED = ("needs", "area_codes", "age", "language", "groups", "threshold")


def place_request(request: RequestSubmitted, tx: MatchingTransaction) -> None:
    """Send a new request to the services that fit and that the person agreed to.

    What was heard of it before it came itself counts: nothing is sent that is not agreed to now.
    """
    if not tx.place_once(request.request_id):
        return
    news = keep_copy(request, tx)
    if news is not None and news.ended_by:
        return
    agreement = _agreement(request, news, tx)
    choice, sending = _secured(request, _known(request, news, tx), agreement, tx)
    for pick in choice.sends:
        sending.send(pick)
    for pick in choice.proposals:
        sending.propose(pick)
    sending.admit(choice.failures)
    if choice.proposals and agreement.sources:
        settle(request.request_id, tx)


def keep_copy(request: RequestSubmitted, tx: MatchingTransaction) -> Row[Any] | None:
    """Keep what is told of a request, in codes, unless something later is known; return that."""
    news = tx.news_of(request.request_id)
    if news is not None and news.erased:
        return news
    newer = news is not None and news.amended > tx.told_version
    _keep(request, [] if newer else request.hidden(), tx)
    if newer and news is not None:
        apply_amendment(request.request_id, news.amended, news.codes, tx)
    return news


def _agreement(
    request: RequestSubmitted, news: Row[Any] | None, tx: MatchingTransaction
) -> Agreement:
    hidden = frozenset(request.unasked())
    if news is not None and news.amended > tx.told_version:
        hidden = frozenset(UUID(agency) for agency in news.codes["hidden_from_agencies"])
    first = {agency: frozenset(kinds) for agency, kinds in request.agreed().items()}
    return Agreement(first, tx.sources(request.request_id), hidden)


def _keep(request: RequestSubmitted, hidden: Sequence[str], tx: MatchingTransaction) -> None:
    tx.keep_request(
        hidden,
        id=request.request_id,
        version=tx.told_version,
        reference=request.reference,
        consent_id=request.consent_id,
        submitted_at=request.submitted_at,
        needs=list(request.needs),
        area_codes=list(request.area_codes),
        geography_version=request.geography_version,
        age=request.age,
        language=request.language,
        interpreter=request.interpreter,
        access_needs=list(request.access_needs),
        groups=list(request.groups),
        threshold=request.threshold,
        urgency=request.urgency,
        source=request.source,
        referrer_agency_id=request.referrer_agency_id,
        recipients={str(agency): kinds for agency, kinds in request.agreed().items()},
        services=[str(service_id) for service_id in request.services],
        agreed_by_phone=request.agreed_by_phone,
        onward_of=request.onward_of,
        hidden_from_agencies=[str(one) for one in request.unasked()],
    )


def _known(request: RequestSubmitted, news: Row[Any] | None, tx: MatchingTransaction) -> Situation:
    """Return what is known of the person, as it was last put right."""
    if news is not None and news.codes and news.amended > tx.told_version:
        codes = {name: news.codes[name] for name in AMENDED}
        lists = {name: tuple(code) for name, code in codes.items() if isinstance(code, list)}
        request = replace(request, **{**codes, **lists})
    return situation_of(request, request.source)


def _secured(
    request: RequestSubmitted, known: Situation, agreement: Agreement, tx: MatchingTransaction
) -> tuple[Choice, Sending]:
    """Choose and hold the places; choose again when another writer was quicker."""
    for _ in range(TRIES):
        askable = _askable(request, known, agreement, tx)
        options = under_agreements(request.referrer_agency_id, askable, tx)
        consented = _consented(options, agreement)
        choice = _chosen(request, known, options, consented, tx)
        by_id = {option.entry.service_id: option for option in options}
        held_back = () if tx.sending() == AUTOMATIC else choice.sends
        ids = {p.candidate.entry.service_id: tx.new_id() for p in choice.sends if not held_back}
        if held_back or _hold(choice.sends, ids, by_id, tx):
            why = frozen(choice, known, by_id, consented, request.services, tx.now)
            if held_back:
                choice = replace(choice, sends=(), proposals=(*held_back, *choice.proposals))
            return choice, Sending(request, by_id, ids, agreement, why, tx)
        tx.forget_guide()
    raise CrowdedError("every place was taken while we chose")


def _askable(
    request: RequestSubmitted, known: Situation, agreement: Agreement, tx: MatchingTransaction
) -> list[Option]:
    """Return the services to choose from; no agency learns of whom it must not see."""
    named = request.services
    options = tx.options_named(named) if named else tx.options(known)
    by_worker = request.referrer_agency_id is not None
    agreed = frozenset() if by_worker else agreement.agencies()
    return [
        option
        for option in options
        if not agreement.hides(option.entry.agency_id, option.entry.service_id)
        and (by_worker or option.entry.listed == "public" or option.entry.agency_id in agreed)
    ]


def _consented(options: Sequence[Option], agreement: Agreement) -> frozenset[UUID]:
    """Return whom the request itself may be put to: all their services need is still granted."""
    first = agreement.first
    asked = [option for option in options if option.entry.agency_id in first]
    lost = {
        option.entry.agency_id
        for option in asked
        if not agreement.suffices(option.entry.agency_id, option.categories)
    }
    return frozenset(first) - lost


def _chosen(
    request: RequestSubmitted,
    known: Situation,
    options: list[Option],
    consented: frozenset[UUID],
    tx: MatchingTransaction,
) -> Choice:
    entries = [option.entry for option in options]
    if request.services:
        named = tuple(dict.fromkeys(request.services))
        return choose_named(known, entries, named, consented, tx.now)
    return choose(known, entries, consented, tx.now, tx.elsewhere(known))


def _hold(
    picks: Sequence[Pick],
    ids: dict[UUID, UUID],
    options: Mapping[UUID, Option],
    tx: MatchingTransaction,
) -> bool:
    """Hold a place for each pick that needs one: all of them, or none.

    Each must still stand as it did when it was chosen.
    """
    # One order for all writers, so that two of them never wait for each other.
    picked = sorted(pick.candidate.entry.service_id for pick in picks)
    placed = {p.candidate.entry.service_id for p in picks if p.candidate.way is Way.PLACE}
    if not tx.still_so(options[one] for one in picked if one not in placed):
        return False
    held: list[UUID] = []
    for service_id in (one for one in picked if one in placed):
        if not _hold_one(options[service_id], ids[service_id], tx):
            for kept in held:
                tx.release_place(kept, ids[kept])
            return False
        held.append(service_id)
    return True


def _hold_one(option: Option, referral_id: UUID, tx: MatchingTransaction) -> bool:
    figure = option.entry.standing.places
    versions = option.version, figure.version if figure else 0
    return tx.hold_as_seen(option.entry.service_id, referral_id, *versions)
