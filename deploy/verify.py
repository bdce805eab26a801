"""`make verify`: export the audit log of this deployment and check it, entry by entry.

Works while the hub runs and while it does not. The verifier reads only the exported files.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from services.audit.export import main as export
from services.audit.verify.__main__ import main as verify


def main() -> int:
    """Return the verifier's exit code: 0 is intact."""
    with tempfile.TemporaryDirectory(prefix="onward-log-") as folder:
        outdir = Path(folder) / "log"
        policy = str(outdir / "policy.txt")
        return export([str(outdir)]) or verify([str(outdir), "--policy", policy])


if __name__ == "__main__":
    sys.exit(main())
