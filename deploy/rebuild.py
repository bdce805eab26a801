"""`python -m deploy.rebuild`: make every referral of matching stand as its events say.

For whoever doubts its columns after a restore or a repair by hand. The events are the record and
are not touched; what stands as they say is left alone. Works beside a running hub.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from deploy.doctor import NothingHereError, deployment
from services.matching import create_store
from services.matching.usecases.rebuilding import rebuild
from shared.clock import SystemClock
from shared.errors import OnwardError
from shared.identity import Principal
from shared.settings import Settings
from shared.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from services.matching.storage import MatchingTransaction
    from shared.storage import Store

AT_ONCE = 100  # few enough that nobody who writes meanwhile waits long


def main(arguments: Sequence[str] | None = None) -> int:
    """Put right what does not stand as its events say; return 0 when all does."""
    parser = argparse.ArgumentParser(prog="python -m deploy.rebuild", description=__doc__)
    served = "mend what `make up` made, though `make run` may have been used here too"
    parser.add_argument("--served", action="store_true", help=served)
    asked = parser.parse_args(arguments)
    try:
        settings, _ = deployment(Settings.from_environment(), served=asked.served)
        wrong = mend(settings)
    except OnwardError as error:
        print(f"Nothing more was mended: {error}", file=sys.stderr)
        return 2
    for referral_id in wrong:
        print(f"mended: {referral_id}")
    print(f"{len(wrong)} referrals did not stand as their events say; now all do.")
    return 0


def mend(settings: Settings) -> list[UUID]:
    """Make every referral stand as its events say; return those that did not."""
    with closing(open_database(settings.database("matching"))) as place:
        if not place.exists():
            raise NothingHereError(f"there is no {place.name}")
    store = create_store(settings, SystemClock())
    try:
        return list(_mended(store))
    finally:
        store.close()


def _mended(store: Store[MatchingTransaction]) -> Iterator[UUID]:
    after: UUID | None = None
    while True:
        with store.begin(actor=Principal.system("matching")) as tx:
            after, wrong = rebuild(tx, after, AT_ONCE)
        yield from wrong
        if after is None:
            return


if __name__ == "__main__":
    sys.exit(main())
