"""The words after a command of this folder: its help, what it takes, and no other word.

Promise: nothing is begun by a command that was only asked what it does, or misspelt. It runs
before anything is installed, so it uses the standard library only.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter


def words(about: str | None, *wanted: str, more: str = "") -> list[str]:
    """Return one word for each of *wanted*, then any of *more*; end with help or a refusal."""
    known = getattr(sys.modules["__main__"], "__spec__", None)
    parser = ArgumentParser(
        prog=f"python -m {known.name}" if known else None,
        description=about,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name in wanted:
        parser.add_argument(name.lower(), metavar=name)
    if more:
        parser.add_argument("more", metavar=more, nargs="*")
    said = vars(parser.parse_args())
    return [*(said[name.lower()] for name in wanted), *said.get("more", ())]
