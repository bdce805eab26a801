"""What people may ask about their data, and who may decide it.

Promise: whoever asked for something, or wrote down that it was asked, does not decide it.
"""

from __future__ import annotations

ACCESS, RECTIFICATION, ERASURE, RESTRICTION = "access", "rectification", "erasure", "restriction"

KINDS = {
    ACCESS: "See what is kept",
    RECTIFICATION: "Put something right",
    ERASURE: "Delete everything",
    RESTRICTION: "Keep it, but use it for nothing",
}
GROUNDS = {
    ACCESS: {
        "PERSON_ASKED": "The person asked",
        "SOMEBODY_FOR_THEM": "Somebody who may speak for them",
    },
    RECTIFICATION: {"PERSON_ASKED": "The person asked", "WE_FOUND_IT": "We found the mistake"},
    ERASURE: {
        "PERSON_ASKED": "The person asked",
        "NOT_NEEDED": "It is not needed any more",
        "UNLAWFUL": "It should never have been kept",
    },
    RESTRICTION: {
        "CONTESTED": "The person says that it is wrong",
        "UNLAWFUL": "It should not be used, and the person wants it kept",
        "CLAIM": "The person needs it for a legal claim",
        "OBJECTED": "The person objects, and we are looking at it",
    },
}
HOLDS = {
    "COMPLAINT": "A complaint",
    "LEGAL_CLAIM": "A legal claim",
    "INQUIRY": "An inquiry or review",
    "POLICE": "A police matter",
    "COURT": "A court order",
}
REFUSALS = {
    "LEGAL_DUTY": "The law says that it must be kept",
    "LEGAL_CLAIM": "It is needed for a legal claim",
    "SAFEGUARDING": "It is needed to keep somebody safe",
    "NOT_THEM": "We could not make sure who asked",
    "UNFOUNDED": "It was asked before, or without any ground",
}
RETENTION = "RETENTION"


def may_decide(officer: str | None, asker: str | None) -> bool:
    """Tell whether *officer* may decide what *asker* asked for or wrote down."""
    return officer is not None and officer != asker
