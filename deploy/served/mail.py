"""`python -m deploy.served.mail PORT`: the demonstration's mail server in a process of its own."""

from __future__ import annotations

import signal
import sys

from deploy.served.ending import ended
from deploy.served.parent import die_with_parent
from deploy.words import port, typed
from services.notify.sink import Sink, demo_mailbox
from shared.settings import Settings

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main(port: int) -> int:
    """Take mails on *port* of this machine until stopped."""
    die_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    sink = Sink(demo_mailbox(Settings.from_environment()), port).start()
    signal.sigwait(SIGNALS)
    sink.stop()
    return 0


if __name__ == "__main__":
    (asked,) = typed(__doc__, PORT=port)
    sys.exit(ended("mail", lambda: main(asked)))
