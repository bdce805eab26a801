"""`make code`: the six digits that a demonstration sign-in asks for next, of one or of all."""

from __future__ import annotations

import json
import sys
from difflib import get_close_matches
from typing import Any

import pyotp

from deploy.words import words
from shared.codes import label
from shared.errors import OnwardError
from shared.settings import Settings

Member = dict[str, Any]


def main(email: str) -> int:
    """Print the code of *email*; of nobody in particular: everyone's sign-in with its code."""
    try:
        file = Settings.from_environment().var / "demo" / "credentials.json"
    except OnwardError as error:
        return _fail(str(error))
    if not file.exists():
        return _fail("There are no sign-ins yet: start Onward with `make run` first.")
    staff = {who["email"]: who for who in json.loads(file.read_text(encoding="utf-8"))["staff"]}
    if not email:
        _list_all(list(staff.values()))
        return 0
    begun = [who for one, who in staff.items() if one.startswith(email.strip().lower())]
    found = staff.get(email.strip().lower()) or (begun[0] if len(begun) == 1 else None)
    if found is None:
        close = get_close_matches(email.lower(), staff, n=1, cutoff=0.5)
        hint = f" Did you mean {close[0]}?" if close else ""
        return _fail(f"Nobody signs in as {email}.{hint} `make code` lists everyone.")
    print(_code(found))
    return 0


def _list_all(staff: list[Member]) -> None:
    for agency in dict.fromkeys(who["agency"] for who in staff):
        print(f"\n{agency}")
        for who in (one for one in staff if one["agency"] == agency):
            roles = ", ".join(label("roles", role) for role in who["roles"])
            print(f"  {_code(who)}  {who['email']:<41} {who['password']:<21} {roles}")
    print("\nThe first column is the code; it changes every 30 seconds.")


def _code(who: Member) -> str:
    return pyotp.TOTP(who["totp_secret"]).now()


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(" ".join(words(__doc__, more="EMAIL"))))
