"""A person keeps their page to themselves: its code, its details, the page as a whole.

Promise: a new code, a hidden or a frozen page counts at once and ends every other visit;
what is hidden or frozen opens again only for the code word.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from services.intake import visits
from services.intake.domain.contact import SAFE
from services.intake.domain.references import ENTROPY_BYTES, plain, return_code_from
from services.intake.domain.request_transitions import ENDED
from services.intake.errors import RequestNotFoundError
from services.intake.messages import ContactChanged
from services.intake.storage import access_codes
from services.intake.usecases.keeping import hash_of
from services.intake.usecases.reaching import change_contact, contact_of, keep_contact
from services.intake.usecases.trying import count_failure, forgive, tries

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction

RETURN_CODE, CODE_WORD = "return code", "code word"
LONGEST_WORD = 60


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether what was typed was right; if not, how long the next try must wait."""

    right: bool
    wait: timedelta | None = None


def fresh_code() -> str:
    """Return a return code that nobody has."""
    return return_code_from(secrets.token_bytes(ENTROPY_BYTES))


def put_code_in_force(request_id: UUID, code: str, tx: IntakeTransaction, *, but: str = "") -> None:
    """Let *code* open the page from now on, and end every visit *but* this one."""
    access_codes.keep_code(request_id, hash_of(_reference(request_id, tx), code, tx), tx)
    access_codes.mark_page(request_id, tx, code_changed_at=tx.now)
    visits.close_visits(request_id, tx, but)


def hide_details(request_id: UUID, tx: IntakeTransaction) -> None:
    """Show nothing but stages on the page, until the code word is said."""
    access_codes.mark_page(request_id, tx, hidden_at=tx.now)
    visits.hide_in_all(request_id, tx)
    _tell_who_writes(request_id, tx)


def unhide_details(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let the page show story and names again, at a press."""
    access_codes.mark_page(request_id, tx, hidden_at=None)


def freeze_page(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let no code open the page and no mail leave, until the code word is said; agencies go on."""
    access_codes.mark_page(request_id, tx, frozen_at=tx.now)
    visits.close_visits(request_id, tx)
    _tell_who_writes(request_id, tx)


def thaw_page(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let the return code open the page again."""
    access_codes.mark_page(request_id, tx, frozen_at=None)


def prove_code(request_id: UUID, typed: str, place: str, tx: IntakeTransaction) -> Proof:
    """Check a return code typed again, counting a wrong one like any other try."""
    row, reference = tx.request_row(request_id), _reference(request_id, tx)
    kept = (row.return_code_hash if row else None) or bytes(16)
    right = hmac.compare_digest(kept, hash_of(reference, plain(typed[:LONGEST_WORD]), tx))
    return _proof("reference", reference, place, tx, right=right)


def prove_word(
    request_id: UUID | None,
    typed: str,
    place: str,
    tx: IntakeTransaction,
    *,
    reference: str | None = None,
) -> Proof:
    """Check a code word; where none was agreed, or there is no request, nothing is right.

    A *reference* is what was tried, whether it is known or not: waits must not tell.
    """
    tried = reference or (_reference(request_id, tx) if request_id else "")
    word = code_word_of(request_id, tx) if request_id else None
    index = tx.vault.blind_index
    said = index(CODE_WORD, typed[:LONGEST_WORD])
    right = hmac.compare_digest(index(CODE_WORD, word or ""), said) and bool(word)
    return _proof(CODE_WORD, tried, place, tx, right=right)


def code_word_of(request_id: UUID, tx: IntakeTransaction) -> str | None:
    """Return the word that was agreed with the person, if one was; never show it."""
    contact = contact_of(request_id, tx)
    word = (contact.code_word or "").strip() if contact else ""
    return word if any(letter.isalnum() for letter in word) else None


def agree_code_word(request_id: UUID, word: str, tx: IntakeTransaction) -> None:
    """Keep the word by which the person is known on the phone."""
    row, contact = tx.request_row(request_id), contact_of(request_id, tx)
    if row is None or contact is None:
        raise RequestNotFoundError("what was told is no longer there")
    with_word = replace(contact, code_word=word)
    if row.state in ENDED:
        keep_contact(row, with_word, tx)
    else:
        change_contact(request_id, with_word, tx)


def _tell_who_writes(request_id: UUID, tx: IntakeTransaction) -> None:
    """Let whatever waits to be written to the person be asked about anew."""
    contact = contact_of(request_id, tx)
    safe = [one.kind for one in contact.channels if one.safe == SAFE] if contact else []
    told = ContactChanged(request_id, tuple(dict.fromkeys(safe)))
    tx.announce(told, sequence=tx.next_version(request_id))


def _proof(kind: str, tried: str, place: str, tx: IntakeTransaction, *, right: bool) -> Proof:
    found = tries(kind, tried, place, tx)
    wait = found.wait(tx)
    if wait:
        return Proof(right=False, wait=wait)
    if not right:
        return Proof(right=False, wait=count_failure(found, tx) or None)
    forgive(found, tx)
    return Proof(right=True)


def _reference(request_id: UUID, tx: IntakeTransaction) -> str:
    row = tx.request_row(request_id)
    if row is None:
        raise RequestNotFoundError("there is no such request")
    reference: str = row.reference
    return reference
