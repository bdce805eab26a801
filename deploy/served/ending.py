"""How a served process ends: one sentence, and a number that says whether to try again.

Promise: no traceback for what an operator can put right, and no password in the sentence.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from shared.errors import OnwardError, Transient

if TYPE_CHECKING:
    from collections.abc import Callable


def ended(who: str, run: Callable[[], int]) -> int:
    """Run a whole process; return its exit code, having said in one sentence why it ended."""
    try:
        return run()
    except OnwardError as error:
        sentence = " ".join(str(error).split())
        print(f"{who} stopped: {sentence}", file=sys.stderr, flush=True)
        return os.EX_TEMPFAIL if isinstance(error, Transient) else os.EX_CONFIG
    except KeyboardInterrupt:
        return 0
    except Exception:  # noqa: BLE001 - a plain traceback could quote a person
        from shared import observe  # noqa: PLC0415 - seldom needed

        observe.logger(who).exception("process_broke")
        return os.EX_SOFTWARE
