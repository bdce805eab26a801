"""Who keeps a service's key encryption key while no process of it runs.

Promise: two ways, one interface. In development the file holds the key itself. Elsewhere it
holds what a key management service made of it, reached by a command of the operator's choice;
a process asks it once, when it starts, and never writes the key down (as Kubernetes' KMS v2).
"""

from __future__ import annotations

import base64
import binascii
import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Protocol

from shared.errors import Transient
from shared.key_files import KeysRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

KEY_BYTES = 32
WRAPPED = b"onward key wrapped by command 1\n"
AWAY = 75  # EX_TEMPFAIL of sysexits.h
LONGEST_WAIT = 30


class KeysAwayError(Transient):
    """The key management service does not answer; what it keeps cannot be opened now."""


class KeyKeeper(Protocol):
    """Where keys rest: what is written to a key file, and back."""

    def put_away(self, service: str, secret: bytes) -> bytes:
        """Return what the file of *service* is to hold."""

    def take_out(self, service: str, content: bytes) -> bytes:
        """Return the secret that the file's *content* stands for."""


class PlainFile:
    """The file holds the key itself."""

    def put_away(self, service: str, secret: bytes) -> bytes:
        """Return the secret as it is."""
        del service
        return secret

    def take_out(self, service: str, content: bytes) -> bytes:
        """Return the content as it is; what a command wrapped cannot be read without it."""
        if content.startswith(WRAPPED):
            raise KeysRefusedError(
                f"{service}.kek was wrapped by a command: set ONWARD_KEY_COMMAND"
            )
        return content


class Command:
    """A command wraps and unwraps: `COMMAND wrap|unwrap SERVICE`, base64 in, base64 out.

    It ends with 0; with 75 when its service is away for now; with anything else to refuse.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Use the program that *words* name, with its first arguments."""
        self._words = tuple(words)

    def put_away(self, service: str, secret: bytes) -> bytes:
        """Return the secret as the command wraps it."""
        return WRAPPED + self._run("wrap", service, secret)

    def take_out(self, service: str, content: bytes) -> bytes:
        """Return what the command unwraps; a plain key from before is taken as it is."""
        if not content.startswith(WRAPPED):
            return content
        return self._run("unwrap", service, content.removeprefix(WRAPPED))

    def _run(self, word: str, service: str, given: bytes) -> bytes:
        command = [*self._words, word, service]
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own command, no shell
                command,
                input=base64.b64encode(given),
                capture_output=True,
                timeout=LONGEST_WAIT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KeysAwayError(f"the key command does not answer to {word}") from error
        if done.returncode == AWAY:
            raise KeysAwayError(f"the key command cannot {word} for {service} now")
        if done.returncode:
            raise KeysRefusedError(f"the key command refuses to {word} for {service}")
        return _read(done.stdout)


def _read(answer: bytes) -> bytes:
    # What the command said is never shown: it may be a key.
    try:
        return base64.b64decode(answer.strip(), validate=True)
    except binascii.Error:
        raise KeysRefusedError("the key command did not answer in base64") from None


def chosen_keeper() -> KeyKeeper:
    """Return the keeper this deployment chose."""
    words = shlex.split(os.environ.get("ONWARD_KEY_COMMAND", ""))
    return Command(words) if words else PlainFile()
