"""One leg that cannot be measured, or row that cannot be booked, is put aside; the others go on."""

import pytest

from dispatch import accounting, trips
from dispatch.kernel import db
from telemetry import parking
from tests.db.city import HOUR, NINE, drive, found, receive
from tests.parking import due_now, running, until, waits_for_a_lock


@pytest.fixture
async def books(conn):
    await found(conn)
    return conn


async def driven(conn, order, vehicle):
    """A finished leg of which nobody made a trip yet."""
    await drive(conn, order, vehicle, NINE, NINE + HOUR)
    await conn.execute("DELETE FROM trip_mark")
    await conn.execute("DELETE FROM trip WHERE order_id = $1", order)
    async with conn.transaction():
        await db.emit(conn, "order.completed", {"order_id": order}, at=NINE + HOUR)
    await db.number_events(conn)


async def no_rule_can_be_read(conn):
    await conn.execute(
        "INSERT INTO rule_setting VALUES ('distance', 2, '{}', '[2020-01-01,)');"
        "UPDATE dispatch_order SET pool_id = 2 WHERE id = 1"
    )


async def more_metres_than_a_column_holds(conn):
    for kind, metres in (("depart", -(2**63)), ("return", 2**63 - 1)):
        await conn.execute(
            "INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, "
            "odometer_m, body_digest) VALUES ($1, 1, 1, $1, $2, 1, $2, $3, 'x')",
            kind, NINE, metres,
        )  # fmt: skip


async def measured(conn):
    return [r["leg_id"] for r in await conn.fetch("SELECT leg_id FROM trip ORDER BY leg_id")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [(no_rule_can_be_read, "KeyError"), (more_metres_than_a_column_holds, "int64")],
)
async def test_a_leg_that_cannot_be_measured_holds_up_no_other(pool, books, broken, reason):
    for one in (1, 2):
        await driven(books, one, one)
    await broken(books)

    async def the_other():
        return await measured(books) == [2] and await parking.parked(books)

    async with running(trips.run(pool, idle_s=0.05)) as task:
        await until(task, the_other)
    (one,) = await parking.parked(books, "trips")
    assert one.subject == {"leg": 1}
    assert reason in one.traceback


async def test_a_leg_is_measured_once_it_can_be(books):
    await driven(books, 1, 1)
    await no_rule_can_be_read(books)
    assert await trips.catch_up(books) == 1  # it is read, and not read again for ever
    await books.execute("DELETE FROM rule_setting")
    await books.execute("UPDATE parked_work SET retry_at = now() + interval '1 hour'")
    assert await trips.catch_up(books) == 0
    assert await measured(books) == []  # its time has not come
    await due_now(books)
    await trips.catch_up(books)
    assert await measured(books) == [1]
    assert await parking.parked(books) == []


async def test_a_mark_whose_ends_are_exchanged_is_read_all_the_same(books):
    await driven(books, 1, 1)
    await trips.catch_up(books)
    await books.execute("UPDATE trip SET declared_m = 1")
    await books.execute(
        "INSERT INTO fact_change (consumer, vehicle_id, lo, hi) VALUES ('trips', 1, $1, $2)",
        NINE + HOUR, NINE,
    )  # fmt: skip
    await trips.catch_up(books)
    assert await books.fetchval("SELECT declared_m FROM trip") == 0


async def refuse(conn, *origins):
    """The ledger takes no entry of these."""
    named = ",".join(origins)
    await conn.execute(
        f"ALTER TABLE ledger_entry ADD CONSTRAINT refused CHECK (origin <> ALL ('{{{named}}}')) NOT VALID"
    )


async def allow(conn):
    await conn.execute("ALTER TABLE ledger_entry DROP CONSTRAINT refused")


async def booked(conn):
    rows = await conn.fetch("SELECT DISTINCT origin FROM ledger_entry")
    return {r["origin"] for r in rows}


async def rented(conn, order):
    """An order that a rental firm drives, and its event."""
    await drive(conn, order, 1, NINE + order * HOUR, NINE + order * HOUR + HOUR)
    await conn.execute(
        "UPDATE dispatch_order SET rental_firm_id = 1, rental_price_fen = 50000, rental_proof = '{}' "
        "WHERE id = $1",
        order,
    )
    async with conn.transaction():
        await db.emit(conn, "order.rented", {"order_id": order}, at=NINE)
    await db.number_events(conn)


async def all_kinds(conn):
    """Two receipts, two trips, two rentals; returns their origins."""
    receipts = [await receive(conn, txn) for txn in "ab"]
    for order in (1, 2):
        await rented(conn, order)
    trip_ids = [r["id"] for r in await conn.fetch("SELECT id FROM trip ORDER BY id")]
    return [
        *(f"receipt:{i}" for i in receipts),
        *(f"trip:{i}" for i in trip_ids),
        *("rental:1", "rental:2"),
    ]


@pytest.mark.parametrize(("which", "kind"), [(0, "receipt"), (1, "trip"), (2, "order")])
async def test_what_cannot_be_booked_holds_up_no_other(pool, clock, books, which, kind):
    origins = await all_kinds(books)
    culprit = origins.pop(2 * which)
    await refuse(books, culprit)

    async def the_others():
        return await booked(books) == set(origins) and await parking.parked(books)

    async with running(accounting.run(pool, clock, idle_s=0.05)) as task:
        await until(task, the_others)
    (one,) = await parking.parked(books, "accounting")
    assert one.subject == {kind: int(culprit.split(":")[1])}
    assert "refused" in one.traceback
    assert await books.fetchval("SELECT count(*) FROM receipt_match") == 2 - (kind == "receipt")


async def test_it_is_booked_once_it_can_be(books):
    origins = await all_kinds(books)
    await refuse(books, *origins)
    await accounting.catch_up(books, NINE)
    assert await booked(books) == set()
    assert len(await parking.parked(books)) == 6
    await allow(books)
    await due_now(books)
    await accounting.catch_up(books, NINE)
    assert await booked(books) == set(origins)
    assert await parking.parked(books) == []


async def test_a_reversal_that_cannot_be_booked_does_not_hold_up_what_it_takes_back(books):
    early = await receive(books, "b", amount_fen=-30_000, reverses_txn="a")
    await accounting.catch_up(books, NINE)
    await drive(books, 1, 1, NINE - HOUR, NINE + HOUR)  # now both belong to a trip
    original = await receive(books, "a")
    await refuse(books, f"receipt:{early}")
    await accounting.catch_up(books, NINE)
    (one,) = await parking.parked(books)
    assert one.subject == {"receipt": early}
    assert f"receipt:{original}" in await booked(books)


async def test_an_entry_out_of_balance_is_parked_alone(books):
    origins = await all_kinds(books)
    await books.execute(
        "CREATE FUNCTION a_fen_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF EXISTS (SELECT FROM ledger_entry WHERE id = NEW.entry_id AND origin = '{origins[0]}') "
        "THEN NEW.amount := NEW.amount + 1; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER a_fen_more BEFORE INSERT ON posting FOR EACH ROW EXECUTE FUNCTION a_fen_more()"
    )
    await accounting.catch_up(books, NINE)
    (one,) = await parking.parked(books)
    assert "does not balance" in one.traceback
    assert await booked(books) == set(origins[1:])


@pytest.mark.parametrize("room", ["trips", "accounting"])
async def test_the_rooms_go_on_when_they_were_chosen_to_end_a_deadlock(pool, clock, books, room):
    """The room holds what it reads first and wants what it reads next; another, the reverse.

    It waited first, so it is the first to look, and is chosen.
    """
    work, first, then = {
        "trips": (lambda: trips.run(pool, idle_s=0.05), "event_cursor", "fact_change"),
        "accounting": (
            lambda: accounting.run(pool, clock, idle_s=0.05),
            "receipt_mark",
            "trip_mark",
        ),
    }[room]
    await driven(books, 1, 1)
    receipt = await receive(books, "a")
    other = books.transaction()
    await other.start()
    await books.execute(f"LOCK TABLE {then} IN ACCESS EXCLUSIVE MODE")
    async with running(work()) as task:
        await until(task, lambda: waits_for_a_lock(books))
        await books.execute(f"LOCK TABLE {first} IN ACCESS EXCLUSIVE MODE")
        await other.commit()

        async def done():
            return await measured(books) == [1] or f"receipt:{receipt}" in await booked(books)

        await until(task, done)
    assert await parking.parked(books) == []
