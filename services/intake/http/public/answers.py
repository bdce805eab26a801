"""What the answers of a draft mean: the values that intake's use cases take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from services.intake.domain.dates import whole_years
from services.intake.domain.submission import Address, Channel, Contact, Household, Person
from services.intake.forms import Typed, day_from
from services.intake.spelling import telephone_number
from shared.geography import area_of, normalise_postcode

if TYPE_CHECKING:
    from datetime import date


CARRIED = "carried"
"""What is hidden by an earlier request of the same person: kept with the answers, never shown."""
SAFE_WORDS = {"yes": "yes", "no": "no", "unsure": "unknown"}


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers that count, by page, and what they mean."""

    pages: Mapping[str, Typed]

    def text(self, slug: str, name: str) -> str:
        """Return one answer as typed, empty where there is none."""
        value = self.pages.get(slug, {}).get(name, "")
        return value if isinstance(value, str) else ""

    def ticks(self, slug: str, name: str) -> tuple[str, ...]:
        """Return what was ticked."""
        value = self.pages.get(slug, {}).get(name, [])
        return tuple(value) if isinstance(value, list) else ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Return the needs that were ticked."""
        return self.ticks("needs", "needs")

    @property
    def postcode(self) -> str | None:
        """Return the postcode, if one was given."""
        return normalise_postcode(self.text("place", "postcode"))

    @property
    def area_codes(self) -> tuple[str, ...]:
        """Return the codes of the area; none where it is unknown."""
        area = area_of(self.postcode) if self.postcode else None
        return area.codes if area else ()

    @property
    def born(self) -> date | None:
        """Return the date of birth, if one was given."""
        parts = [self.text("age", name) for name in ("day", "month", "year")]
        return day_from(*parts) if any(parts) else None

    def age(self, today: date) -> int | None:
        """Return the age in whole years, if date of birth or age was given."""
        told = self.text("age", "years")
        if self.born:
            return whole_years(self.born, today)
        return int(told) if told else None

    @property
    def story(self) -> str:
        """Return the story, empty if there is none."""
        return self.text("story", "story")

    @property
    def access_needs(self) -> tuple[str, ...]:
        """Return the support that was ticked."""
        return self.ticks("access", "access_needs")

    @property
    def hidden(self) -> tuple[UUID, ...]:
        """Return the agencies that must not know."""
        return self._hidden("hidden")

    @property
    def hidden_teams(self) -> tuple[UUID, ...]:
        """Return the services, each the team of an agency, that must not know."""
        return self._hidden("hidden_teams")

    @property
    def hidden_staff(self) -> tuple[UUID, ...]:
        """Return the members of staff who must not know, as far as that was found before."""
        return self._hidden("hidden_staff")

    @property
    def hidden_names(self) -> tuple[str, ...]:
        """Return the names of people who must not know."""
        typed = filter(None, self.text("withhold", "hidden_names").split("\n"))
        return tuple(dict.fromkeys((*typed, *self.ticks(CARRIED, "hidden_names"))))

    def _hidden(self, name: str) -> tuple[UUID, ...]:
        said = (*self.ticks("withhold", name), *self.ticks(CARRIED, name))
        return tuple(UUID(one) for one in dict.fromkeys(said))

    def practice(self, name: str) -> UUID | None:
        """Return the practice that was chosen as gp or health_visitor."""
        chosen = self.text("practices", name)
        return UUID(chosen) if chosen else None

    @property
    def household(self) -> Household | None:
        """Return who lives with the person, if they said."""
        lives_with = self.ticks("household", "lives_with")
        note = self.text("household", "household_note")
        return Household(lives_with, note) if lives_with or note else None

    @property
    def person(self) -> Person:
        """Return who needs help."""
        years = self.text("age", "years")
        return Person(
            given_name=self.text("about-you", "given_name"),
            family_name=self.text("about-you", "family_name"),
            date_of_birth=self.born,
            address=self.address,
            no_fixed_abode=self.text("place", "where") == "none",
            age=int(years) if years and not self.born else None,
        )

    @property
    def address(self) -> Address | None:
        """Return the address as far as it was given."""
        lines = tuple(filter(None, self.text("letter", "address").split("\n")))
        return Address(lines, self.postcode) if lines or self.postcode else None

    @property
    def contact(self) -> Contact:
        """Return how the person may be reached, unsafe ways named as such."""
        language = self.text("speaking", "language") or "en"
        wanted = self.text("speaking", "interpreter") == "yes"
        channels = (self._email(), self._phone(), self._text(), self._letter())
        return Contact(
            language=language,
            interpreter=language if wanted else None,
            channels=tuple(filter(None, channels)),
            code_word=self.text("code-word", "code_word") or None,
        )

    @property
    def reachable(self) -> bool:
        """Tell whether there is any way that is safe."""
        return any(channel.safe == "yes" for channel in self.contact.channels)

    def _email(self) -> Channel | None:
        value = self.text("email", "email")
        # Whoever says an address for e-mail is safe says that a message may lie in it.
        return self._channel("email", value, leave_message=True) if value else None

    def _phone(self) -> Channel | None:
        number = telephone_number(self.text("phone", "phone"))
        if number is None:
            return None
        return self._channel(
            "phone",
            number,
            leave_message=self.text("ringing", "phone_message") == "yes",
            name_to_ask_for=self.text("ringing", "phone_name") or None,
            times=self.ticks("ringing", "phone_times"),
            seen=self.text("ringing", "phone_seen"),
        )

    def _text(self) -> Channel | None:
        number = telephone_number(self.text("text", "text") or self.text("phone", "phone"))
        told = self.text("text", "text_safe")
        return self._channel("text", number, leave_message=True) if number and told else None

    def _letter(self) -> Channel | None:
        told = self.text("letter", "letter_safe")
        if not told or self.address is None:
            return None
        return self._channel("letter", "", leave_message=True)

    def _channel(
        self,
        kind: str,
        value: str,
        *,
        leave_message: bool,
        name_to_ask_for: str | None = None,
        times: tuple[str, ...] = (),
        seen: str = "",
    ) -> Channel:
        safe = SAFE_WORDS.get(self.text(kind, f"{kind}_safe"), "unknown")
        return Channel(
            kind,
            value,
            safe,
            leave_message=leave_message and safe == "yes",
            name_to_ask_for=name_to_ask_for,
            times=times,
            who_else_sees=seen or self.text(kind, f"{kind}_seen") or None,
        )
