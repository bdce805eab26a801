"""What is said of who looks at a danger flag and when: no more than the rota keeps.

Promise: where nobody is on duty this says so, and an agency the public must not find is not named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.intake.http.moments import clock
from services.intake.http.public.around import around
from services.intake.usecases.on_duty import who_looks

if TYPE_CHECKING:
    from uuid import UUID

    from services.intake.storage import IntakeTransaction
    from services.intake.usecases.on_duty import Look

SOMEBODY = "the agency that looks next"
ON_DUTY = (
    "We tell {agency}. They are on duty now.",
    "They should look within an hour. If they do not, we ask others.",
)
NOT_ON_DUTY = "Nobody is on duty now. We tell {agency}."
AT_WORK = "They are at work, but we cannot promise when they look."
BACK = "They are at work again on {day}, from {hour}. It may be that nobody looks before then."
NOBODY = ("Nobody here can look now. Ring somebody instead.",)


def sentences(request_id: UUID, tx: IntakeTransaction) -> tuple[str, ...]:
    """Return who looks at a flag of this request now, and when, in plain words."""
    look = who_looks(request_id, tx)
    if look is None:
        return NOBODY
    agency = _name(look, tx)
    if look.on_duty:
        return tuple(one.format(agency=agency) for one in ON_DUTY)
    when = AT_WORK
    if look.back is not None:
        when = BACK.format(day=f"{look.back:%A %-d %B}", hour=clock(look.back))
    return (NOT_ON_DUTY.format(agency=agency), when)


def _name(look: Look, tx: IntakeTransaction) -> str:
    known = {option.value: option.text["en"] for option in around(tx).agencies}
    return known.get(str(look.agency_id), SOMEBODY)
