"""What happened to tanks and batteries, in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import ReceiptId, VehicleId
from telemetry.fuel.model import Capacity, Event, Kind, Medium
from telemetry.streams import Difference, Span, Stored, Window, from_us, to_us

SQL = statements(__file__)


@dataclass(frozen=True, slots=True)
class EnergyEvent:
    """An event as stored; positions in degrees WGS-84; see model.Event."""

    id: int
    vehicle_id: VehicleId
    medium: Medium
    kind: Kind
    started_at: datetime
    ended_at: datetime | None
    last_at: datetime
    settled: bool
    before_ml: int | None
    after_ml: int | None
    amount_ml: int | None
    before_permille: int | None
    after_permille: int | None
    amount_wh: int | None
    error_ml: int | None
    confidence: int
    readings: int
    lon: float | None
    lat: float | None


async def between(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime
) -> list[EnergyEvent]:
    """Events that touch [lo, hi), oldest first, as far as they are understood."""
    rows = await conn.fetch(SQL["between"], vehicle_id, lo, hi)
    return [EnergyEvent(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the tank (ml) or the battery (permille) was read as."""

    at: datetime
    value: int


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt for fuel (ml) or electricity (Wh); degrees WGS-84.

    watched: the vehicle's own level was read within the two hours around it.
    """

    id: ReceiptId
    medium: Medium
    at: datetime
    amount: int | None
    place: str | None
    lon: float | None
    lat: float | None
    watched: bool


async def slips(conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime) -> list[Slip]:
    """Receipts of a vehicle in [lo, hi), oldest first, without what was taken back."""
    rows = await conn.fetch(SQL["slips"], vehicle_id, lo, hi)
    return [Slip(**dict(row)) for row in rows]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A point of the level's curve; ml and percent where they were said."""

    at: datetime
    fuel_ml: int | None
    soc_pct: float | None


async def readings_around(
    conn: Conn, vehicles: Sequence[VehicleId], at: datetime, medium: Medium
) -> dict[VehicleId, list[Reading]]:
    """Of each a dozen readings before a moment and a dozen from it on, in order, within a day."""
    found: dict[VehicleId, list[Reading]] = {}
    for r in await conn.fetch(SQL["readings_around"], vehicles, at, medium):
        found.setdefault(r["vehicle_id"], []).append(Reading(r["ts"], r["value"]))
    return found


async def borders(
    conn: Conn, vehicles: Sequence[VehicleId], at: datetime, medium: Medium
) -> dict[VehicleId, tuple[datetime | None, tuple[datetime, datetime] | None]]:
    """When each one's last event before a moment ended; when the next one began and ended."""
    return {
        r["vehicle_id"]: (
            r["last_ended"],
            None if r["next_started"] is None else (r["next_started"], r["next_ended"]),
        )
        for r in await conn.fetch(SQL["borders"], vehicles, at, medium)
    }


async def curve(
    conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime, at_most: int = 2_000
) -> list[CurvePoint]:
    """Levels as the terminal said them in [lo, hi), thinned evenly, for a chart."""
    rows = await conn.fetch(SQL["curve"], vehicle_id, lo, hi, at_most)
    return [
        CurvePoint(
            r["ts"], r["fuel_ml"], None if r["soc_permille"] is None else r["soc_permille"] / 10
        )
        for r in rows
    ]


async def capacities(conn: Conn, vehicles: Sequence[VehicleId]) -> dict[VehicleId, Capacity]:
    """What vehicles hold and burn."""
    rows = await conn.fetch(SQL["capacities"], vehicles)
    return {
        r["id"]: Capacity(r["tank_ml"], r["battery_wh"], r["norm_ml_per_100km"], r["hybrid"])
        for r in rows
    }


async def stored(conn: Conn, windows: Sequence[Window]) -> Mapping[VehicleId, Sequence[Stored]]:
    """The events that begin in the windows."""
    asked = (
        [w.vehicle_id for w in windows],
        [from_us(w.lo) for w in windows],
        [from_us(w.hi) for w in windows],
    )
    found: dict[VehicleId, list[Stored]] = {}
    for r in await conn.fetch(SQL["stored"], *asked):
        one = Stored(r["id"], r["key"], to_us(r["lo"]), to_us(r["hi"]), r["version"], r["is_open"])
        found.setdefault(r["vehicle_id"], []).append(one)
    return found


async def write(conn: Conn, differences: Sequence[tuple[VehicleId, Difference[Event]]]) -> None:
    """Write differences; the uniqueness of starts is checked at commit."""
    gone = [s.id for _, d in differences for s in d.delete]
    changed = [(s.id, *_columns(n)) for _, d in differences for s, n in d.change]
    new = [(vehicle, *_columns(n)) for vehicle, d in differences for n in d.insert]
    if gone:
        await conn.execute(SQL["delete_events"], gone)
    for name, rows in (("change_events", changed), ("insert_events", new)):
        if rows:
            await conn.execute(SQL[name], *map(list, zip(*rows, strict=True)))


def _columns(span: Span[Event]) -> tuple[object, ...]:
    e = span.fact
    fuel = (e.before, e.after, e.amount) if e.key == 0 else (None, None, None)
    battery = (e.before, e.after, e.amount) if e.key == 1 else (None, None, None)
    ended = None if e.ended is None else from_us(e.ended)
    return (
        *(e.kind, from_us(e.started), ended, from_us(e.last), bool(e.settled), *fuel, *battery),
        *(e.error, e.confidence, e.readings, e.lon, e.lat, span.version),
    )
