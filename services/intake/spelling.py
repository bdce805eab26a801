"""Addresses for e-mail and telephone numbers, each spelled in one way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import phonenumbers
from email_validator import EmailNotValidError, validate_email

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.intake.domain.submission import Channel

HOME = "GB"


def spelled(channel: Channel) -> Channel:
    """Return *channel* spelled in one way; empty where it leads nowhere."""
    if channel.kind not in SPELLED:
        return channel
    spell = SPELLED[channel.kind][0]
    return replace(channel, value=spell(channel.value) or "")


def email_address(text: str) -> str | None:
    """Return the address that *text* means, in the letters every mail server takes, or None."""
    try:
        # .test is accepted so that a demonstration can name addresses that reach nobody.
        found = validate_email(
            text, check_deliverability=False, allow_smtputf8=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return found.ascii_email


def telephone_number(text: str) -> str | None:
    """Return a possible telephone number in its international form, or None."""
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_dialled(text: str) -> str:
    """Return a telephone number as people write and dial it; anything else stays as it is."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return text
    formats = phonenumbers.PhoneNumberFormat
    at_home = number.country_code == phonenumbers.country_code_for_region(HOME)
    return phonenumbers.format_number(
        number, formats.NATIONAL if at_home else formats.INTERNATIONAL
    )


NOT_A_NUMBER = "This is not a telephone number."
SPELLED: dict[str, tuple[Callable[[str], str | None], str]] = {
    "email": (email_address, "This is not an e-mail address."),
    "phone": (telephone_number, NOT_A_NUMBER),
    "text": (telephone_number, NOT_A_NUMBER),
}
