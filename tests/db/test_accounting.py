"""The books against the real database: every receipt once, whatever comes when."""

import io
import itertools
from datetime import date, timedelta

import asyncpg
import openpyxl
import pytest

from dispatch import accounting, reports, trips
from tests.db.city import HOUR, NINE, drive, found, receive

MARCH = date(2026, 3, 1)


@pytest.fixture
async def books(conn):
    await found(conn)
    return conn


async def settle(conn, at=NINE):
    while await accounting.catch_up(conn, at):
        pass


async def balance(conn, account, pool=None):
    return await conn.fetchval(
        "SELECT coalesce(sum(p.amount), 0)::int8 FROM posting p JOIN ledger_entry e ON e.id = p.entry_id "
        "WHERE p.account = $1 AND ($2::int4 IS NULL OR e.pool_id = $2)",
        account,
        pool,
    )


async def test_a_receipt_is_a_cost_of_its_trip(books):
    trip = await drive(books, 1, 1, NINE, NINE + 2 * HOUR)
    receipt = await receive(books, "a", at=NINE + HOUR)
    await settle(books)
    row = await books.fetchrow("SELECT * FROM receipt_match WHERE receipt_id = $1", receipt)
    assert (row["status"], row["trip_id"]) == ("matched", trip)
    assert await balance(books, "cost:fuel") == 30_000
    assert await balance(books, "quantity:fuel") == 40_000


async def test_a_trip_that_is_known_later_takes_its_receipt_along(books):
    await receive(books, "a", at=NINE + HOUR)
    await settle(books)
    assert await books.fetchval("SELECT status FROM receipt_match") == "no_trip"
    await drive(books, 1, 1, NINE, NINE + 2 * HOUR)
    await books.execute("INSERT INTO receipt_mark (receipt_id) SELECT id FROM receipt")
    await settle(books)
    assert await books.fetchval("SELECT status FROM receipt_match") == "matched"
    assert await balance(books, "cost:fuel") == 30_000
    assert (
        await books.fetchval(
            "SELECT sum(amount)::int8 FROM posting WHERE account = 'cost:fuel' AND order_id = 1"
        )
        == 30_000
    )


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_a_reversal_may_come_first_last_or_twice(books, order):
    await drive(books, 1, 1, NINE, NINE + 2 * HOUR)
    steps = [
        lambda: receive(books, "a", at=NINE + HOUR),
        lambda: receive(books, "b", amount_fen=-30_000, reverses_txn="a", at=NINE + 30 * HOUR),
        lambda: receive(books, "c", at=NINE + HOUR, amount_fen=100, quantity_ml=None),
    ]
    for i in order:
        await steps[i]()
        await settle(books)
    assert await balance(books, "cost:fuel") == 100
    assert await balance(books, "quantity:fuel") == 0
    assert await books.fetchval("SELECT count(*) FROM receipt_match WHERE status = 'matched'") == 3


async def test_an_unknown_card_is_shown_and_stays_in_suspense(books):
    await receive(books, "a", card_no="NOBODY")
    await settle(books)
    assert await books.fetchval("SELECT status FROM receipt_match") == "unknown_vehicle"
    assert await balance(books, "cost:fuel") == 0
    assert await balance(books, "suspense:receipts") == 30_000


async def test_the_card_is_whose_it_was_that_day(books):
    await books.execute(
        "UPDATE vehicle_fuel_card SET during = tstzrange(lower(during), $1) WHERE card_id = 1", NINE
    )
    await books.execute("DELETE FROM vehicle_fuel_card WHERE vehicle_id = 2")
    await books.execute("INSERT INTO vehicle_fuel_card VALUES (2, 1, tstzrange($1, NULL))", NINE)
    await receive(books, "before", at=NINE - HOUR)
    await receive(books, "after", at=NINE + HOUR)
    await settle(books)
    rows = await books.fetch("SELECT vehicle_id FROM receipt_match ORDER BY receipt_id")
    assert [r["vehicle_id"] for r in rows] == [1, 2]


async def test_a_loan_posts_two_linked_balanced_entries(books):
    await drive(books, 1, 2, NINE, NINE + 2 * HOUR)
    await settle(books)
    assert await balance(books, "cost:settlement", pool=1) == 16_200
    assert await balance(books, "income:settlement", pool=2) == -16_200
    linked = await books.fetchval(
        "SELECT count(*) FROM ledger_entry WHERE linked_entry IS NOT NULL"
    )
    assert linked == 1


async def test_what_comes_after_the_close_goes_to_the_open_month_with_its_origin(books):
    await receive(books, "a")
    await settle(books)
    await accounting.close(books, 1, MARCH)
    before = await accounting.sheet(books, MARCH, None)
    await receive(books, "late", amount_fen=700, quantity_ml=None)
    await settle(books, NINE + timedelta(days=40))
    row = await books.fetchrow(
        "SELECT month, origin_month FROM ledger_entry WHERE origin = "
        "(SELECT 'receipt:' || id FROM receipt WHERE txn = 'late')"
    )
    assert (row["month"], row["origin_month"]) == (date(2026, 4, 1), MARCH)
    after = await accounting.sheet(books, MARCH, None)
    assert [r.total_fen for r in after.rows] == [r.total_fen for r in before.rows]
    with pytest.raises(accounting.PeriodNotOpen):
        await accounting.close(books, 1, MARCH)
    await accounting.publish(books, 1, MARCH, NINE)


async def test_a_closed_month_refuses_entries_in_the_database_itself(books):
    await receive(books, "a")
    await settle(books)
    await accounting.close(books, 1, MARCH)
    with pytest.raises(asyncpg.CheckViolationError):
        await books.execute(
            "INSERT INTO ledger_entry (origin, origin_version, pool_id, month, origin_month, posted_at) "
            "VALUES ('x', '1', 1, $1, $1, now())",
            MARCH,
        )


async def test_an_entry_that_does_not_balance_cannot_be_committed(books):
    await receive(books, "a")
    await settle(books)
    entry = await books.fetchval("SELECT min(id) FROM ledger_entry")
    with pytest.raises(asyncpg.CheckViolationError):
        await books.execute(
            "INSERT INTO posting (entry_id, line, account, measure, amount) VALUES ($1, 99, 'x', 'fen', 1)",
            entry,
        )


async def test_entries_are_never_changed(books):
    await receive(books, "a")
    await settle(books)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await books.execute("UPDATE posting SET amount = 0")


async def test_the_sheet_and_its_files_say_the_same(books):
    await drive(books, 1, 1, NINE, NINE + 2 * HOUR)
    await receive(books, "a", at=NINE + HOUR)
    await receive(
        books,
        "t",
        issuer="etc",
        kind="toll",
        obu="OBU1",
        card_no=None,
        amount_fen=2_070,
        quantity_ml=None,
        at=NINE + HOUR,
    )
    await settle(books)
    await books.execute("UPDATE vehicle SET model = '=cmd|calc' WHERE id = 2")
    sheet = await accounting.sheet(books, MARCH, None)
    car = next(r for r in sheet.rows if r.vehicle_id == 1)
    assert (car.trips, car.person_trips, car.fuel_fen, car.toll_fen) == (1, 2, 30_000, 2_070)
    assert car.total_fen == 32_070
    assert car.declared_m == 92_000
    assert car.l_per_100km == pytest.approx(43.48)
    assert car.unexplained == 0
    page = openpyxl.load_workbook(io.BytesIO(reports.as_xlsx(sheet))).active
    total = [c.key for c in reports.COLUMNS].index("total_yuan")
    assert [row[total].value for row in page.iter_rows(min_row=3)] == [320.70, 0, 320.70]
    assert {c.data_type for row in page.iter_rows() for c in row} <= {"s", "n"}
    text = reports.as_csv(sheet).decode("utf-8-sig")
    assert "'=cmd|calc" in text
    assert ",=cmd" not in text
    lines = await accounting.source_lines(books, 1, MARCH, None)
    assert {line.txn for line in lines} >= {"a", "t"}


async def test_a_platform_sees_its_own_cars_only(books):
    sheet = await accounting.sheet(books, MARCH, [2])
    assert [r.vehicle_id for r in sheet.rows] == [2]


async def shared(conn, trip, order, pool=1, settlement_fen=0, metres=23_000):
    """Another order that rode on a trip, with a way of its own of so many metres one way."""
    await conn.execute(
        "INSERT INTO trip_request SELECT (jsonb_populate_record(r, jsonb_build_object('id', $1::int4, 'client_key', $1::text, "
        "'pool_id', $2::int4, 'distance_m', $3::int4))).* FROM trip_request r ORDER BY r.id LIMIT 1",
        order, pool, metres,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO dispatch_order SELECT (jsonb_populate_record(o, jsonb_build_object('id', $1::int4, 'order_no', 'S' || $1::text, "
        "'request_id', $1::int4, 'pool_id', $2::int4, 'settlement_fen', $3::int4))).* FROM dispatch_order o ORDER BY o.id LIMIT 1",
        order, pool, settlement_fen,
    )  # fmt: skip
    await conn.execute(
        "INSERT INTO ride SELECT leg_id, 0, 0 FROM trip WHERE id = $1 ON CONFLICT DO NOTHING", trip
    )
    for turn, rider in enumerate((None, order)):
        await conn.execute(
            "INSERT INTO ride_party SELECT leg_id, coalesce($2, order_id), $3::int2, $3::int2 + 5, started_at, ended_at "
            "FROM trip WHERE id = $1 ON CONFLICT DO NOTHING",
            trip, rider, turn,
        )  # fmt: skip


async def test_a_shared_trip_is_counted_once_and_paid_for_by_all_who_rode(books):
    """A car of platform 2 with a party of platform 1, and one of its own that goes half as far."""
    trip = await drive(books, 1, 2, NINE, NINE + 2 * HOUR)
    await shared(books, trip, 2, pool=2)
    await receive(books, "a", at=NINE + HOUR, card_no="CARD2", amount_fen=10_000)
    await settle(books)
    assert await balance(books, "quantity:metres") == 92_000
    assert await balance(books, "cost:fuel") == 10_000
    ours, theirs = [await accounting.order_costs(books, order) for order in (1, 2)]
    assert (ours.metres, theirs.metres) == (61_333, 30_667)
    assert (ours.fuel_fen, theirs.fuel_fen) == (6_667, 3_333)
    assert await balance(books, "cost:settlement", pool=1) == 16_200
    row = next(r for r in (await accounting.sheet(books, MARCH, None)).rows if r.vehicle_id == 2)
    assert (row.trips, row.person_trips, row.declared_m, row.shared_m) == (1, 4, 92_000, 92_000)
    (listed,) = await trips.on_day(books, NINE, NINE + 3 * HOUR, None)
    assert (listed.order_id, listed.parties) == (1, 2)
    # the receipt is taken back: each share with it, to the fen
    await receive(books, "b", at=NINE + HOUR, card_no="CARD2", amount_fen=-10_000, reverses_txn="a")
    await settle(books)
    assert (await accounting.order_costs(books, 1)).fuel_fen == 0
    assert (await accounting.order_costs(books, 2)).fuel_fen == 0
