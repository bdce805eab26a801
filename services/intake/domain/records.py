"""Records of a CSV file, from pieces of bytes, with the line each began on.

Promise: never more than a piece and ten lines are held, so memory stays flat. A record whose
quotation marks are broken costs that one line; reading goes on with the next.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

UTF8, WINDOWS = "utf-8-sig", "cp1252"
NOT_IN_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
OTHER_KINDS = {
    b"PK\x03\x04": "This is a spreadsheet. Save it as CSV, then choose that file",
    b"\xd0\xcf\x11\xe0": "This is a spreadsheet. Save it as CSV, then choose that file",
    b"\xff\xfe": "Save this list as “CSV UTF-8”, then choose that file",
    b"\xfe\xff": "Save this list as “CSV UTF-8”, then choose that file",
}
UNREADABLE = "We cannot read the letters in this file. Save it as “CSV UTF-8”, then try again"
MOST_LINES = 10
LONGEST_LINE = 60_000


@dataclass(frozen=True, slots=True)
class Record:
    """The cells that began on a line; None where they could not be told apart."""

    line: int
    cells: tuple[str, ...] | None


def records(pieces: Iterable[bytes], encoding: str, delimiter: str) -> Iterator[Record]:
    """Yield every record of a file that comes in *pieces*."""
    feed = _Feed(_lines(pieces, encoding))
    line = 1
    while True:
        feed.begin()
        try:
            cells = next(csv.reader(feed, delimiter=delimiter, strict=True))
        except StopIteration:
            return
        except csv.Error:
            feed.give_back()
            yield Record(line, None)
            line += 1
        else:
            whole = not any(len(text) >= LONGEST_LINE for text in feed.taken)
            yield Record(line, tuple(cells) if whole else None)
            line += len(feed.taken)


class Sniffing:
    """Finds out, piece by piece, in which letters a file is written and how long it is."""

    def __init__(self) -> None:
        self.lines = 0
        self.fault: str | None = None
        self._began = False
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder(UTF8)()
        self._windows = True

    def take(self, piece: bytes) -> None:
        """Look at the next piece."""
        if not self._began:
            self._began = True
            found = (words for mark, words in OTHER_KINDS.items() if piece.startswith(mark))
            self.fault = next(found, None)
        self.lines += max(piece.count(b"\n"), piece.count(b"\r"))
        self._windows = self._windows and not NOT_IN_WINDOWS.search(piece)
        if b"\x00" in piece:
            self.fault = self.fault or UNREADABLE
        self._decode(piece, final=False)

    def encoding(self) -> str | None:
        """Return the encoding of the whole; None where it cannot be read."""
        self._decode(b"", final=True)
        return UTF8 if self._utf8 else WINDOWS if self._windows else None

    def _decode(self, piece: bytes, *, final: bool) -> None:
        try:
            if self._utf8:
                self._utf8.decode(piece, final)
        except UnicodeDecodeError:
            self._utf8 = None


class _Feed:
    """Hands lines to the reader of one record, and takes back those it could not use."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._back: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.taken) == MOST_LINES:
            raise StopIteration
        line = self._back.popleft() if self._back else next(self._source)
        self.taken.append(line)
        return line

    def begin(self) -> None:
        """Begin with the next record."""
        self.taken = []

    def give_back(self) -> None:
        """Let all but the first line of this record be read anew."""
        self._back.extendleft(reversed(self.taken[1:]))


def _lines(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Yield lines with their ends; of one that is far too long only the beginning."""
    raw = io.BufferedReader(_Pieces(iter(pieces)))
    text = io.TextIOWrapper(raw, encoding=encoding, newline="")
    while line := text.readline(LONGEST_LINE):
        yield line
        while len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            line = text.readline(LONGEST_LINE)


class _Pieces(io.RawIOBase):
    """Pieces of bytes, read as one file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:  # noqa: ANN401 - any writable buffer
        """Fill *buffer* with what comes next."""
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        space = memoryview(buffer).cast("B")
        count = min(len(space), len(self._left))
        space[:count], self._left = self._left[:count], self._left[count:]
        return count
