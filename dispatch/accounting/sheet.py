"""The monthly per-vehicle sheet (单车核算表): one row a vehicle, every figure from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dispatch.kernel import db
from dispatch.kernel.calendar import month_bounds

SQL = db.statements(__file__)
KINDS = ("fuel", "electricity", "toll", "parking")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One vehicle's month; metres, ml, Wh, fen; None where there is nothing to say."""

    vehicle_id: int
    plate: str | None
    pool_id: int
    pool_name: str
    category: str
    model: str
    vehicle_class: str
    trips: int
    person_trips: int
    days_used: int
    gps_m: int | None
    odometer_m: int | None
    declared_m: int
    diff_pct: float | None
    empty_m: int
    shared_m: int
    fuel_ml: int
    fuel_fen: int
    l_per_100km: float | None
    norm_l_per_100km: float | None
    wh: int
    electricity_fen: int
    kwh_per_100km: float | None
    toll_fen: int
    parking_fen: int
    total_fen: int
    fen_per_km: float | None
    settlement_income_fen: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A month of some platforms."""

    month: date
    period_states: dict[int, str]
    rows: list[SheetRow]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A posting and the record it came from."""

    entry_id: int
    origin: str
    month: date
    origin_month: date
    account: str
    measure: str
    amount: int
    order_id: int | None
    order_no: str | None
    issuer: str | None
    txn: str | None
    place: str | None
    at: datetime | None
    status: str | None
    reason: str | None


def _ratio(part: float, whole: float, digits: int = 2) -> float | None:
    return round(part / whole, digits) if whole > 0 else None


async def sheet(conn: db.Conn, month: date, pools: Sequence[int] | None) -> Sheet:
    """Compute the sheet of a business month.

    Args:
        conn: a connection; one statement each for money, trips, vehicles.
        month: any day of the month.
        pools: platforms that keep the vehicles; None for all.
    """
    first, (start, end) = month.replace(day=1), month_bounds(month)
    of = None if pools is None else list(pools)
    money: dict[int, dict[str, int]] = {}
    for row in await conn.fetch(SQL["sheet_money"], first, of):
        money.setdefault(row["vehicle_id"], {})[row["account"]] = row["amount"]
    trips = {r["vehicle_id"]: dict(r) for r in await conn.fetch(SQL["sheet_trips"], start, end)}
    loose = {
        r["vehicle_id"]: r["n"] for r in await conn.fetch(SQL["sheet_unexplained"], start, end)
    }
    states = await conn.fetch(SQL["period_states"], first, of)
    rows = [
        _row(dict(v), trips.get(v["vehicle_id"], {}), money.get(v["vehicle_id"], {}), loose)
        for v in await conn.fetch(SQL["sheet_vehicles"], start, end, of)
    ]
    return Sheet(first, {s["pool_id"]: s["state"] for s in states}, rows)


def _row(
    vehicle: dict[str, object],
    trips: dict[str, int | None],
    money: dict[str, int],
    unexplained: dict[int, int],
) -> SheetRow:
    costs = {
        kind: money.get(f"cost:{kind}", 0) for kind in ("fuel", "electricity", "toll", "parking")
    }
    metres = money.get("quantity:metres", 0)
    gps, odometer = trips.get("gps_m"), trips.get("odometer_m")
    norm = vehicle["norm_ml_per_100km"]
    total = sum(costs.values())
    fuel_ml, wh = money.get("quantity:fuel", 0), money.get("quantity:electricity", 0)
    return SheetRow(
        vehicle_id=int(str(vehicle["vehicle_id"])),
        plate=None if vehicle["plate"] is None else str(vehicle["plate"]),
        pool_id=int(str(vehicle["pool_id"])),
        pool_name=str(vehicle["pool_name"]),
        category=str(vehicle["category"]),
        model=str(vehicle["model"]),
        vehicle_class=str(vehicle["class"]),
        trips=trips.get("trips") or 0,
        person_trips=trips.get("person_trips") or 0,
        days_used=trips.get("days_used") or 0,
        gps_m=gps,
        odometer_m=odometer,
        declared_m=metres,
        diff_pct=_ratio(100 * (odometer - gps), gps) if gps and odometer is not None else None,
        empty_m=trips.get("empty_m") or 0,
        shared_m=trips.get("shared_m") or 0,
        fuel_ml=fuel_ml,
        fuel_fen=costs["fuel"],
        l_per_100km=_ratio(fuel_ml * 100, metres) if fuel_ml else None,
        norm_l_per_100km=round(int(str(norm)) / 1000, 1) if norm else None,
        wh=wh,
        electricity_fen=costs["electricity"],
        kwh_per_100km=_ratio(wh * 100, metres) if wh else None,
        toll_fen=costs["toll"],
        parking_fen=costs["parking"],
        total_fen=total,
        fen_per_km=_ratio(total * 1000, metres, 1),
        settlement_income_fen=-money.get("income:settlement", 0),
        unexplained=unexplained.get(int(str(vehicle["vehicle_id"])), 0),
    )


@dataclass(frozen=True, slots=True)
class OrderCosts:
    """What an order's trip came to, of a shared one its share; metres and fen."""

    metres: int
    fuel_fen: int
    electricity_fen: int
    toll_fen: int
    parking_fen: int


async def order_costs(conn: db.Conn, order_id: int) -> OrderCosts:
    """What stands in the books for an order; zeros before it was driven."""
    return OrderCosts(*(await conn.fetch(SQL["order_costs"], order_id))[0])


async def source_lines(
    conn: db.Conn, vehicle_id: int, month: date, pools: Sequence[int] | None
) -> list[SourceLine]:
    """Every posting of a vehicle's month with the record it came from, oldest first."""
    of = None if pools is None else list(pools)
    rows = await conn.fetch(SQL["source_lines"], vehicle_id, month.replace(day=1), of)
    return [SourceLine(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A receipt and where it belongs; fen."""

    id: int
    issuer: str
    txn: str
    kind: str
    at: datetime
    amount_fen: int
    place: str | None
    status: str | None
    reason: str | None
    vehicle_id: int | None
    trip_id: int | None
    plate: str | None


async def receipts(
    conn: db.Conn, status: str | None, pools: Sequence[int] | None
) -> list[ReceiptLine]:
    """The latest 500 receipts, newest first; None: of any status, of all platforms."""
    of = None if pools is None else list(pools)
    return [
        ReceiptLine(**dict(row)) for row in await conn.fetch(SQL["receipts_by_status"], status, of)
    ]
