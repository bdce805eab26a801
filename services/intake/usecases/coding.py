"""What a story is in codes: all that matching is told, and all that is kept of it unsealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.intake.domain.dates import whole_years
from shared.geography import area_of, dataset_version
from shared.home_lists import told_of_home

if TYPE_CHECKING:
    from datetime import date

    from services.intake.domain.submission import Submission

PHONE = "phone"


def in_codes(told: Submission, today: date) -> dict[str, Any]:
    """Return the codes of a story; the age is in whole years, no areas mean it is unknown."""
    born = told.person.date_of_birth
    return {
        "needs": told.needs,
        "area_codes": _area_codes(told),
        "geography_version": dataset_version(),
        "age": whole_years(born, today) if born else told.person.age,
        "language": told.contact.language,
        "interpreter": told.contact.interpreter,
        "access_needs": told.access_needs,
        "groups": told.groups,
        "threshold": told.threshold,
        "urgency": told.urgency,
        "source": told.source,
        "agreed_by_phone": _is_agreed_by_phone(told),
    }


def _is_agreed_by_phone(told: Submission) -> bool:
    """Tell whether every service named has said yes by phone: one cannot agree for another."""
    talks = [wish.discussed_with for wish in told.referrals]
    return bool(talks) and all(t and t.agreed and t.channel == PHONE for t in talks)


def _area_codes(told: Submission) -> tuple[str, ...]:
    address = told.person.address
    area = area_of(address.postcode) if address and address.postcode else None
    if area is None or address is None:
        return ()
    return (*area.codes, *told_of_home(address.postcode, address.lines))
