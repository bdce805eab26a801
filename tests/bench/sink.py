"""A light SMTP sink: takes every mail and notes when, so that measuring costs little."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path


class Session:
    """One SMTP connection (RFC 5321, as much of it as a sender needs)."""

    def __init__(self, notes: list[str]) -> None:
        self._notes = notes

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink\r\n")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    await self._data(reader, writer)
                elif verb == b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                else:
                    writer.write(b"250 ok\r\n")
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"354 go on\r\n")
        name = "?"
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            if line.lower().startswith(b"message-id:"):
                name = line.split(b":", 1)[1].strip().decode()
        self._notes.append(f"{time.time():.6f} {name}\n")
        writer.write(b"250 taken\r\n")


async def main(port: int, file: Path) -> None:
    notes: list[str] = []
    server = await asyncio.start_server(Session(notes), "127.0.0.1", port)
    async with server:
        while True:
            await asyncio.sleep(0.2)
            if notes:
                taken, notes[:] = notes[:], []
                with file.open("a") as out:
                    out.writelines(taken)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
