"""What is asked at once for a batch is what each of its messages would have been told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, Table, Uuid, bindparam, delete, select, update

from shared.storage import Store, Transaction, metadata_for
from shared.storage.prepared import Keyed, every_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from driving.databases import Places

    Deed = Callable[[UUID, Transaction], None]

village = metadata_for("village")
houses = Table(
    "house",
    village,
    Column("id", Uuid, primary_key=True),
    Column("street_id", Uuid, index=True),
    Column("rooms", Integer),
)
windows = Table(
    "window_",
    village,
    Column("house_id", Uuid, primary_key=True),
    Column("number", Integer, primary_key=True),
)
IN_STREET = Keyed(select(houses.c.id, houses.c.rooms).order_by(houses.c.id), houses.c.street_id)
LIT = Keyed(
    select(houses.c.id, windows.c.number)
    .outerjoin(windows, windows.c.house_id == houses.c.id)
    .order_by(houses.c.id, windows.c.number),
    houses.c.street_id,
    beside={windows.c.house_id: "id"},
)
BUILT = Keyed(
    select(houses.c.id).where(houses.c.rooms == 1),
    houses.c.street_id,
    grows=lambda row: row["rooms"] == 1,
)
OF_STREET = Keyed(select(houses.c.id), houses.c.street_id, grows=every_row)
QUESTIONS = [IN_STREET, LIT, BUILT, OF_STREET]
LARGER = update(houses).where(houses.c.id == bindparam("house")).values(rooms=houses.c.rooms + 1)
STREETS, HOUSES = [UUID(int=n) for n in range(1, 4)], [UUID(int=n) for n in range(11, 17)]


def street_of(house: UUID) -> UUID:
    return STREETS[house.int % len(STREETS)]


def build(house: UUID, tx: Transaction) -> None:
    tx.add_unless_there(houses, id=house, street_id=street_of(house), rooms=1)


def build_now(house: UUID, tx: Transaction) -> None:
    tx.insert_unless_there(houses, id=house, street_id=street_of(house), rooms=2)


def rebuild(house: UUID, tx: Transaction) -> None:
    row = {"id": house, "street_id": street_of(house), "rooms": 3}
    tx.insert_or_change(houses, row, {"rooms": 9})


def glaze(house: UUID, tx: Transaction) -> None:
    tx.add_unless_there(windows, house_id=house, number=1)


def glaze_each(house: UUID, tx: Transaction) -> None:
    tx.insert_each_unless_there(windows, "house_id", [house], number=2)


def enlarge(house: UUID, tx: Transaction) -> None:
    tx.change(LARGER, {houses.c.street_id: street_of(house)}, house=house)


def enlarge_somewhere(house: UUID, tx: Transaction) -> None:
    tx.change(LARGER, house=house)


def pull_down(house: UUID, tx: Transaction) -> None:
    tx.execute(houses.delete().where(houses.c.id == house))


DEEDS = [build, build_now, rebuild, glaze, glaze_each, enlarge, enlarge_somewhere, pull_down]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every statement that was put to the database."""
    seen: list[object] = []
    ask = Transaction.ask

    def spied(tx: Transaction, statement: Any, /, **parameters: Any) -> list[Any]:
        seen.append(statement)
        return ask(tx, statement, **parameters)

    monkeypatch.setattr(Transaction, "ask", spied)
    return seen


@pytest.fixture
def store(where: Places) -> Iterator[Store[Transaction]]:
    store: Store[Transaction] = Store(where("village"), village)
    yield store
    store.close()


@pytest.fixture(scope="module")
def on_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store[Transaction]]:
    folder: Path = tmp_path_factory.mktemp("village")
    store: Store[Transaction] = Store(folder / "village.sqlite3", village)
    yield store
    store.close()


def test_one_question_answers_for_every_id_also_for_those_without_a_row(
    store: Store[Transaction], asked: list[object]
) -> None:
    first, second, empty = STREETS
    with store.begin() as tx:
        tx.insert(houses, id=HOUSES[0], street_id=first, rooms=4)
        tx.insert(houses, id=HOUSES[1], street_id=second, rooms=5)
        tx.prepare(IN_STREET, [first, second, empty, first])

        found = {street: [row.rooms for row in tx.ask_of(IN_STREET, street)] for street in STREETS}

    assert found == {first: [4], second: [5], empty: []}
    assert asked == [IN_STREET.of_many]


@pytest.mark.parametrize("deed", [build, build_now, rebuild, glaze, enlarge])
def test_what_is_written_of_one_id_leaves_what_is_prepared_of_the_others(
    store: Store[Transaction], asked: list[object], deed: Deed
) -> None:
    with store.begin() as tx:
        for house in HOUSES[:3]:
            build(house, tx)
        tx.prepare(LIT, STREETS)
        deed(HOUSES[0], tx)

        for street in STREETS:
            tx.ask_of(LIT, street)

    assert asked == [LIT.of_many, LIT.of_one]


def test_an_answer_that_grows_is_not_asked_for_again(
    store: Store[Transaction], asked: list[object]
) -> None:
    with store.begin() as tx:
        tx.prepare(OF_STREET, STREETS)
        for house in (*HOUSES, HOUSES[0]):
            build(house, tx)
        tx.prepare(BUILT, STREETS)
        for rooms in (1, 2):
            tx.insert(houses, id=UUID(int=30 + rooms), street_id=STREETS[0], rooms=rooms)

        of_first, built = tx.ask_of(OF_STREET, STREETS[0]), tx.ask_of(BUILT, STREETS[0])

    assert {row.id.int for row in of_first} == {12, 15, 31, 32}
    assert {row.id.int for row in built} == {12, 15, 31}
    assert asked == [OF_STREET.of_many, BUILT.of_many]


def test_what_had_to_be_asked_again_is_known_from_then_on(
    store: Store[Transaction], asked: list[object]
) -> None:
    with store.begin() as tx:
        tx.prepare(IN_STREET, STREETS)
        build(HOUSES[0], tx)

        for _ in range(3):
            tx.ask_of(IN_STREET, street_of(HOUSES[0]))

    assert asked == [IN_STREET.of_many, IN_STREET.of_one]


def test_what_is_written_elsewhere_leaves_all_that_is_prepared(
    store: Store[Transaction], asked: list[object]
) -> None:
    with store.begin() as tx:
        tx.prepare(IN_STREET, STREETS)
        glaze(HOUSES[0], tx)
        tx.change(delete(windows).where(windows.c.number == bindparam("which")), which=1)

        for street in STREETS:
            tx.ask_of(IN_STREET, street)

    assert asked == [IN_STREET.of_many]


def test_nothing_is_asked_when_there_is_nothing_to_prepare(
    store: Store[Transaction], asked: list[object]
) -> None:
    with store.begin() as tx:
        tx.prepare(IN_STREET, [])

    assert asked == []


@given(st.lists(st.tuples(st.sampled_from(DEEDS), st.sampled_from(HOUSES)), max_size=12))
def test_whatever_is_written_a_prepared_answer_is_the_databases_own(
    on_file: Store[Transaction], deeds: list[tuple[Deed, UUID]]
) -> None:
    with on_file.begin() as tx:
        tx.execute(houses.delete())
        tx.execute(windows.delete())
        for house in HOUSES[:3]:
            build(house, tx)
        for question in QUESTIONS:
            tx.prepare(question, STREETS)

        for deed, house in deeds:
            deed(house, tx)

            for question in QUESTIONS:
                for street in STREETS:
                    known, said = tx.ask_of(question, street), tx.ask(question.of_one, key=street)
                    assert sorted(known, key=repr) == sorted(said, key=repr)
