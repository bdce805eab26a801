"""A driver of outreach: staff of one agency in a browser, on a desk's store."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from intake.desk import Desk
from intake.telling import AREA, REFERRER
from sqlalchemy import func, select

from services.intake.outreach import read_list
from services.intake.storage import leads
from services.intake.storage import outreach_tables as t
from shared.ids import new_id
from shared.testing.sign_on import sign_in

if TYPE_CHECKING:
    from uuid import UUID

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

BASE = "https://localhost"
WARD = "E05014027"
LIST = (
    "Job,Customer name,House,Street,Postcode,Tel,Details\n"
    "J1,Quentin Quayle,7,Zebra Lane,SW18 2PU,07700 900111,Bulky waste\n"
    "J2,Rosalind Rook,8,Zebra Lane,SW18 2PT,,=HYPERLINK(1)\n"
    "J3,Ursula Umber,1,Far Road,SW19 1AA,,Fly tipping\n"
    "J4,Nobody,,,SW18 2PU,,No address\n"
    "J5,Vera Vole,3,Lost Lane,ZZ99 9ZZ,,Bulky waste\n"
    "J1,Quentin Quayle,7,Zebra Lane,SW18 2PU,07700 900111,Again\n"
    ",,,,,,\n"
    'J6,"Broken Quote,5,Odd Lane,SW18 2PU,,x\n'
    "J7,Wanda Wren,9,Zebra Lane,sw182pu,,Bulky waste\n"
)
COLUMNS = ["reference", "name", "address", "address", "postcode", "phone", "about"]
TYPED = ("Quentin", "Quayle", "Zebra", "Rosalind", "07700 900111", "Bulky waste", "Vera Vole")


class Team:
    """The outreach team of one agency."""

    def __init__(self, desk: Desk, agency: UUID = REFERRER) -> None:
        self.desk = desk
        self.agency = agency
        self.staff = {"manager": new_id(), "one": new_id(), "two": new_id()}
        self.boss = desk.app.test_client()
        self.pair = desk.app.test_client()
        who = sign_in(desk.app, self.boss, "manager", agency_id=agency)
        goes = sign_in(desk.app, self.pair, "worker", agency_id=agency, name="Ina Goes")
        self.one, self.two = str(goes.id), str(new_id())
        names = {str(who.id): "Mo Boss", self.one: "Ina Goes", self.two: "Tam Second"}
        for staff_id, name in names.items():
            told = {"staff_id": staff_id, "agency_id": str(agency), "name": name, "email": "x"}
            desk.hears(
                "staff.changed.v1", staff_id, 1, producer="identity",
                roles=["manager" if name == "Mo Boss" else "worker"], active=True, **told,
            )  # fmt: skip

    def knocks_in(self, *codes: str) -> None:
        with self.desk.store.begin() as tx:
            leads.keep_patch(self.agency, codes or (AREA,), tx)

    def uploads(self, text: str | bytes = LIST, name: str = "week 47.csv") -> TestResponse:
        data = text if isinstance(text, bytes) else text.encode()
        return self.posts("/outreach/lists", {"list": (io.BytesIO(data), name)})

    def hands_in(self, text: str | bytes = LIST, columns: list[str] = COLUMNS) -> str:
        """Upload a list, say its columns, and let the chore read it; return its address."""
        place = self.uploads(text).location
        answer = self.posts(f"{place}/columns", {"column": columns})
        assert answer.status_code == 303, answer.text
        assert read_list(self.desk.store, self.job_id(place))
        return place

    def takes(self, **form: str) -> str:
        place = self.hands_in()
        assert self.posts(f"{place}/take", form).status_code == 303
        return place

    def sends_a_pair(self, place: str) -> None:
        form = {"ward": [WARD, "none"], "one": self.one, "two": self.two}
        assert self.posts(f"{place}/pairs", form).status_code == 303

    def gets(self, path: str, browser: FlaskClient | None = None) -> TestResponse:
        return (browser or self.boss).get(path, base_url=BASE)

    def posts(
        self, path: str, data: dict[str, Any] | None = None, browser: FlaskClient | None = None
    ) -> TestResponse:
        browser = browser or self.boss
        page = browser.get("/my/sign-in", base_url=BASE).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token.group(1)} | (data or {})
        return browser.post(path, data=form, base_url=BASE)

    def job_id(self, place: str) -> UUID:
        from uuid import UUID

        return UUID(place.rpartition("/")[2])

    def leads(self) -> list[Any]:
        with self.desk.store.read() as tx:
            return tx.all(select(t.lead).order_by(t.lead.c.line))

    def count(self, table: Any) -> int:
        with self.desk.store.read() as tx:
            counted = tx.execute(select(func.count()).select_from(table))
            return int(counted.scalar_one())

    def counts(self) -> dict[str, int]:
        with self.desk.store.read() as tx:
            return {row.what: row.number for row in leads.counts_of(self.agency, tx)}
