"""Every word of the consent page, from its definition: shown by the template, kept by hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.forms import say
from services.intake.forms.reading import sentences

if TYPE_CHECKING:
    from services.intake.http.public.offers import Box, Offer
    from services.intake.usecases import Notice

ALWAYS = (
    "title", "read_first", "choose", "tick_only", "how_long", "explain_who", "besides",
    "besides_lead",
)  # fmt: skip
BUTTONS = ("continue", "not_now", "not_now_lead", "nobody")


def sentence(name: str, language: str, agency: str = "") -> str:
    """Return one sentence of the consent page."""
    return say(sentences("sharing")[name], language).replace("{agency}", agency)


def consent_words(
    offered: tuple[Offer, ...], notice: Notice, language: str, who_reads: str = ""
) -> dict[str, Any]:
    """Return the words of the page as the template shows them."""
    return {
        "who_reads": sentence(who_reads, language) if who_reads else "",
        **{name: sentence(name, language) for name in (*ALWAYS, *BUTTONS)},
        "lead": _lead(offered, language),
        "notice": notice.text,
        "offers": [_offer(offer, language) for offer in offered],
    }


def _lead(offered: tuple[Offer, ...], language: str) -> str:
    if not offered:
        return sentence("lead_nobody", language)
    first = offered[0]
    return sentence("lead_by_hand" if first.by_hand else "lead", language, first.agency)


def _offer(offer: Offer, language: str) -> dict[str, Any]:
    about = [{"name": s.name, "text": s.description} for s in offer.services]
    if not offer.helps:
        explained = sentence(offer.purpose, language, offer.agency)
    else:
        explained = sentence("by_hand", language) if offer.by_hand else ""
    return {
        "key": offer.key,
        "agency": offer.agency,
        "helps": offer.helps,
        "services": about,
        "explained": explained,
        "legend": sentence("may_know", language, offer.agency),
        "boxes": [_box(box, offer, language) for box in offer.boxes],
    }


def _box(box: Box, offer: Offer, language: str) -> dict[str, Any]:
    kind = "who_only" if box.kind == "who" and not offer.helps else box.kind
    hint = {"hint": {"text": sentence("needed", language)}} if box.needed else {}
    return {"value": box.value, "text": sentence(kind, language), **hint}
