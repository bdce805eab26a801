"""The command: `python -m services.audit.verify DIR-OR-EXPORT --policy policy.txt`.

Exit codes: 0 intact, 1 tampered with, 2 wrong use, 3 not signed as the policy asks, 4 incomplete.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path

from services.audit.domain.errors import FormatError
from services.audit.domain.policy import parse_policy
from services.audit.verify.check import verify
from services.audit.verify.report import Exit
from services.audit.verify.source import Source


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.audit.verify", description=__doc__)
    parser.add_argument("export", type=Path, help="an exported log: a folder or a zip file")
    parser.add_argument("--policy", type=Path, required=True, help="whose signatures to believe")
    parser.add_argument("--since", type=Path, help="a checkpoint of this log that you kept")
    parser.add_argument("--json", action="store_true", help="write the report for programs")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Verify an export and say what was found."""
    said = _arguments().parse_args(arguments)
    try:
        policy = parse_policy(said.policy.read_text("utf-8"))
        since = said.since.read_bytes() if said.since else None
        source = Source(said.export)
    except (OSError, UnicodeDecodeError, FormatError, zipfile.BadZipFile) as error:
        sys.stderr.write(f"{error}\n")
        return int(Exit.USAGE)
    report = verify(source, policy, since)
    sys.stdout.write(json.dumps(report.told(), indent=1) + "\n" if said.json else str(report))
    return int(report.code)


if __name__ == "__main__":
    sys.exit(main())
