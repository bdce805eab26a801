"""`make verify`: check the audit log of this deployment, or an exported one, entry by entry.

Works while the hub runs and while it does not. The verifier reads only the exported files.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import zipfile
from contextlib import redirect_stdout
from pathlib import Path

from deploy.doctor import deployment
from deploy.served.opening import origin_of
from services.audit.export import main as export
from services.audit.verify.__main__ import main as verify
from shared.errors import OnwardError
from shared.settings import Settings

NOT_READ = 2


def main(exported: str = "", since: str = "") -> int:
    """Return the verifier's exit code: 0 is intact; *since* is a checkpoint somebody kept."""
    kept = ["--since", since] if since else []
    with tempfile.TemporaryDirectory(prefix="onward-log-") as folder:
        try:
            return (
                _exported(exported, Path(folder), kept) if exported else _ours(Path(folder), kept)
            )
        except OSError as error:
            why = f"{error.filename}: {(error.strerror or 'refused').lower()}"
            print(f"The log could not be read: {why}", file=sys.stderr)
        except (OnwardError, KeyError, zipfile.BadZipFile) as error:
            print(f"The log could not be read: {error}", file=sys.stderr)
    return NOT_READ


def _ours(folder: Path, kept: list[str]) -> int:
    look_at_what_runs()
    log = folder / "log"
    with redirect_stdout(io.StringIO()):  # the folder is gone before anyone could look
        failed = export([str(log)])
    return failed or verify([str(log), "--policy", str(log / "policy.txt"), *kept])


def look_at_what_runs() -> None:
    """Let the log of `make up` be read where that runs, as the doctor does."""
    settings, _ = deployment(Settings.from_environment())
    where = settings.database("audit")
    os.environ["ONWARD_VAR"] = str(settings.var)
    if isinstance(where, str):
        os.environ[origin_of("audit")] = where


def _exported(file: str, folder: Path, kept: list[str]) -> int:
    policy = folder / "policy.txt"
    with zipfile.ZipFile(file) as archive:
        policy.write_bytes(archive.read("policy.txt"))
    return verify([file, "--policy", str(policy), *kept])


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.verify", description=__doc__)
    parser.add_argument("export", nargs="*", metavar="EXPORT", help="a downloaded log")
    parser.add_argument("--since", default="", metavar="FILE", help="a checkpoint that you kept")
    return parser.parse_args()


if __name__ == "__main__":
    asked = _asked()
    sys.exit(main(" ".join(asked.export), asked.since))
