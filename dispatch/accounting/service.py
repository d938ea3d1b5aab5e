"""The books follow receipts and trips by their own marks."""

import asyncio
import functools
from collections import defaultdict
from datetime import date, datetime

import asyncpg

from dispatch import register
from dispatch.accounting.ledger import (
    Desired,
    Line,
    difference,
    of_receipt,
    of_rental,
    of_trip,
)
from dispatch.accounting.matching import Match, TripSpan, match
from dispatch.accounting.sharing import Rider
from dispatch.kernel import db, log
from dispatch.kernel.calendar import business_month
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.ids import VehicleId
from telemetry import parking

SQL = db.statements(__file__)
LOG = log.get_logger(__name__)
RENTAL_EVENTS = frozenset({"order.rented", "order.displaced", "order.completed"})


async def post(conn: db.Conn, desired: Desired, at: datetime) -> int:
    """Post what the books do not say yet, within the caller's transaction.

    Each book and month gets one balanced entry; entries of one call are linked.

    Args:
        conn: the transaction.
        desired: all lines the origin should have.
        at: product time of the posting.

    Returns:
        How many entries were written; 0 when the books already say it.
    """
    rows = await conn.fetch(SQL["posted_for"], desired.origin)
    posted = [(Line(*list(row.values())[:6]), row["amount"]) for row in rows]
    by_book: dict[tuple[int, date], list[tuple[Line, int]]] = defaultdict(list)
    for line, amount in difference(desired, posted).items():
        by_book[line.pool_id, line.origin_month].append((line, amount))
    linked: int | None = None
    for (pool_id, origin_month), lines in sorted(by_book.items()):
        month = await conn.fetchval(SQL["open_month"], pool_id, origin_month)
        await conn.execute(SQL["ensure_period"], pool_id, month)
        entry = await conn.fetchval(
            SQL["add_entry"],
            desired.origin,
            desired.version,
            pool_id,
            month,
            origin_month,
            at,
            linked,
        )
        await conn.executemany(
            SQL["add_posting"],
            [
                (entry, i, line.account, line.measure, line.vehicle_id, line.order_id, amount)
                for i, (line, amount) in enumerate(sorted(lines, key=lambda x: x[0].key()))
            ],
        )
        linked = linked or entry
    if by_book:  # checked here, not at the commit, so that it is known who does not balance
        await conn.execute("SET CONSTRAINTS balances IMMEDIATE; SET CONSTRAINTS balances DEFERRED")
    return len(by_book)


async def _book_receipt(conn: db.Conn, now: datetime, receipt_id: int) -> None:
    row = await conn.fetchrow(SQL["read_receipt"], receipt_id)
    if row is None:
        return
    at, kind = row["at"], row["kind"]
    vehicle = await _whose(conn, row, at)
    found = Match(None, None, "nobody had this card, unit or plate then")
    pool = None
    if vehicle is not None:
        trips = await conn.fetch(SQL["trips_around"], vehicle, at)
        found = match(kind, at, [TripSpan(**dict(t)) for t in trips])
        pool = await register.pool_of_vehicle(conn, vehicle, at)
    status = "unknown_vehicle" if vehicle is None else "matched" if found.trip_id else "no_trip"
    await conn.execute(
        SQL["upsert_match"], receipt_id, vehicle, found.trip_id, status, found.reason
    )
    sign = -1 if row["reverses_txn"] else 1
    quantity = row["quantity_ml"] if kind == "fuel" else row["quantity_wh"]
    desired = of_receipt(
        receipt_id=receipt_id,
        version=f"{vehicle}/{found.trip_id}",
        kind=kind,
        issuer=row["issuer"],
        amount_fen=row["amount_fen"],
        quantity=sign * quantity if quantity else None,
        pool_id=pool or await conn.fetchval(SQL["city_pool"]),
        month=business_month(at),
        vehicle_id=vehicle,
        riders=await _riders(conn, found.trip_id),
    )
    await post(conn, desired, now)


async def _whose(conn: db.Conn, row: asyncpg.Record, at: datetime) -> VehicleId | None:
    """The card, the unit on the windscreen, the plate: who had it at the transaction's time."""
    for number, owner in (
        (row["card_no"], register.vehicle_by_card),
        (row["obu"], register.vehicle_by_obu),
        (row["plate"], register.vehicle_by_plate),
    ):
        if number is not None and (vehicle := await owner(conn, number, at)) is not None:
            return vehicle
    return None


async def _book_trip(conn: db.Conn, now: datetime, trip_id: int) -> None:
    row = await conn.fetchrow(SQL["read_trip"], trip_id)
    if row is None:
        return
    owner = await register.pool_of_vehicle(conn, row["vehicle_id"], row["ended_at"])
    desired = of_trip(
        trip_id=trip_id,
        version=str(row["version"]),
        month=business_month(row["ended_at"]),
        owner_pool=owner or row["pool_id"],
        vehicle_id=row["vehicle_id"],
        metres=row["declared_m"],
        riders=await _riders(conn, trip_id),
    )
    await post(conn, desired, now)


async def _riders(conn: db.Conn, trip_id: int | None) -> list[Rider]:
    """The orders that rode on a trip; one, where it was not shared."""
    rows = [] if trip_id is None else await conn.fetch(SQL["riders"], trip_id)
    return [Rider(*row) for row in rows]


async def _book_rental(conn: db.Conn, now: datetime, order_id: int) -> None:
    row = await conn.fetchrow(SQL["read_rental"], order_id)
    if row is None:
        return
    void = row["state"] in ("created", "aborted", "displaced")
    desired = of_rental(
        order_id=order_id,
        version=str(row["version"]),
        month=business_month(row["created_at"]),
        pool_id=row["pool_id"],
        firm_id=row["rental_firm_id"],
        price_fen=0 if void else row["rental_price_fen"] or 0,
    )
    await post(conn, desired, now)


async def catch_up(conn: db.Conn, now: datetime) -> int:
    """Book every receipt, trip and rental that is new or changed; one transaction.

    What cannot be booked is parked and tried again later; the others go on. A reversal that came
    first moves to where its original belongs.

    Returns:
        How many marks and events were consumed; 0 where another process is at it.
    """
    async with conn.transaction():
        if not await conn.fetchval("SELECT pg_try_advisory_xact_lock($1, 2)", int(db.Lock.BOOKS)):
            return 0
        receipts = await conn.fetch(SQL["read_receipt_marks"])
        trips = await conn.fetch(SQL["read_trip_marks"])
        events = await db.events_since(conn, await conn.fetchval(SQL["cursor"]))
        orders = {int(str(e.data["order_id"])) for e in events if e.kind in RENTAL_EVENTS}
        came = {r["receipt_id"] for r in receipts}
        early = {r["id"] for r in await conn.fetch(SQL["reversals_of"], came)}
        for kind, ids, book in (
            ("trip", {t["trip_id"] for t in trips}, _book_trip),
            ("receipt", came | early, _book_receipt),
            ("order", orders, _book_rental),
        ):
            book_one = functools.partial(book, conn, now)
            await parking.try_each(conn, "accounting", kind, ids, book_one)
        await conn.execute(SQL["delete_receipt_marks"], [r["id"] for r in receipts])
        await conn.execute(SQL["delete_trip_marks"], [t["id"] for t in trips])
        if events:
            await conn.execute(SQL["set_cursor"], events[-1].seq)
    return len(receipts) + len(trips) + len(events)


async def run(pool: db.Pool, clock: ProductClock, *, idle_s: float = 0.3) -> None:
    """Catch up until cancelled; while the database is away or busy, wait and try again."""
    while True:
        try:
            async with pool.acquire() as conn:
                consumed = await catch_up(conn, clock.now())
        except (*db.DATABASE_AWAY, *db.TRY_AGAIN) as error:
            LOG.warning("books wait", error=repr(error))
            consumed = 0
        if not consumed:
            await asyncio.sleep(idle_s)
