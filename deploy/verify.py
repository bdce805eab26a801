"""`make verify`: export the audit log of this deployment and check it, entry by entry.

Works while the hub runs and while it does not. The verifier reads only the exported files.
"""

from __future__ import annotations

import io
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from services.audit.export import main as export
from services.audit.verify.__main__ import main as verify
from shared.errors import OnwardError

NOT_READ = 2


def main() -> int:
    """Return the verifier's exit code: 0 is intact."""
    with tempfile.TemporaryDirectory(prefix="onward-log-") as folder:
        outdir = Path(folder) / "log"
        policy = str(outdir / "policy.txt")
        with redirect_stdout(io.StringIO()):  # the folder is gone before anyone could look
            try:
                failed = export([str(outdir)])
            except OnwardError as error:
                print(f"The log could not be read: {error}", file=sys.stderr)
                return NOT_READ
        return failed or verify([str(outdir), "--policy", policy])


if __name__ == "__main__":
    sys.exit(main())
