"""`make code EMAIL=...`: the six digits that a demonstration sign-in asks for next."""

from __future__ import annotations

import json
import sys

import pyotp

from shared.settings import Settings


def main(email: str) -> int:
    """Print the code of *email* and how long it lasts."""
    file = Settings.from_environment().var / "demo" / "credentials.json"
    if not file.exists():
        print("There are no sign-ins yet: start Onward with `make run` first.", file=sys.stderr)
        return 1
    staff = {who["email"]: who for who in json.loads(file.read_text(encoding="utf-8"))["staff"]}
    if email not in staff:
        print(f"Nobody signs in as {email!r}. These do:", *staff, sep="\n  ", file=sys.stderr)
        return 1
    print(pyotp.TOTP(staff[email]["totp_secret"]).now())
    return 0


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
