"""Who heard it said, who assessed capacity or competence, who showed authority: names sealed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from services.intake import sealing
from services.intake.storage import ledger_tables as lt

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.domain.submission import Consent
    from services.intake.storage import IntakeTransaction


def keep_evidence(consent: Consent, consent_id: UUID, key: bytes, tx: IntakeTransaction) -> None:
    """Keep who assessed capacity or competence, or showed authority; names are sealed."""
    if consent.capacity:
        facts = asdict(consent.capacity)
        _keep(lt.capacity_assessment, facts, ("assessor", "support_given", "best_interests"),
              consent_id, key, tx)  # fmt: skip
    if consent.authority:
        facts = {**asdict(consent.authority), "kind": consent.given_by}
        _keep(lt.proxy_authority, facts, ("name", "proof_seen"), consent_id, key, tx)
    if consent.competence:
        facts = asdict(consent.competence)
        _keep(lt.child_competence, facts, ("assessor", "why_not_informed"), consent_id, key, tx)


def _keep(
    table: Any,  # noqa: ANN401 - a table
    facts: dict[str, Any],
    secret: tuple[str, ...],
    consent_id: UUID,
    key: bytes,
    tx: IntakeTransaction,
) -> None:
    place = (table.name, "sealed_notes", consent_id)
    notes = {name: facts.pop(name) for name in secret}
    sealed = sealing.seal(tx.vault, key, notes, place)
    tx.insert(table, consent_id=consent_id, **facts, sealed_notes=sealed)


def sealed_witness(
    consent: Consent, consent_id: UUID, key: bytes, tx: IntakeTransaction
) -> bytes | None:
    """Return who heard it said, sealed, or None."""
    if not consent.witness:
        return None
    place = ("consent_record", "sealed_witness", consent_id)
    return sealing.seal(tx.vault, key, consent.witness, place)
