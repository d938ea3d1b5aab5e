"""Vehicles, terminals and fixes in a real database, and what is understood of them."""

import hashlib
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count

from telemetry import geofences, positions
from telemetry.journeys import from_us
from tests.tracks import LAT, LON, T0, drive

_numbers = count(1)
START = from_us(T0)


@dataclass(frozen=True)
class At:
    """A product clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        return self.at


LATER = At(START + timedelta(days=30))


def seconds(s):
    return START + timedelta(seconds=s)


async def prepare(conn):
    """Partitions for the weeks of the tracks, a platform, and its depot fence."""
    await positions.ensure_weeks(conn, START - timedelta(days=8), START + timedelta(days=40))
    await conn.execute(
        "INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat) "
        "VALUES (1, 'XZ-CITY', '市级', 'City', 'city', '341800', $1, $2)",
        LON / 1e7,
        LAT / 1e7,
    )
    depot = geofences.circle(1, "车场", "depot", LON / 1e7, LAT / 1e7, 100)
    since = datetime(2020, 1, 1, tzinfo=UTC)
    await geofences.create(conn, depot, since=since, at=since, by="test")


async def vehicle(conn):
    return await conn.fetchval(
        "INSERT INTO vehicle (code, model, category, class, seats, powertrain, first_registered,"
        " home_lon, home_lat) VALUES ($1, 'm', 'OTHER', 'sedan', 5, 'petrol', '2020-01-01', 0, 0)"
        " RETURNING id",
        f"V{next(_numbers)}",
    )


async def terminal(conn):
    return await conn.fetchval(
        "INSERT INTO device (name, kind, token_digest) VALUES ($1, 'terminal', $2) RETURNING id",
        f"t{next(_numbers)}",
        bytes(32),
    )


async def bind(conn, device_id, vehicle_id, since=None, until=None):
    await conn.execute(
        "INSERT INTO binding VALUES ($1, $2, tstzrange($3, $4))",
        device_id,
        vehicle_id,
        since or START - timedelta(days=7),
        until,
    )


async def car(conn):
    """A vehicle with a terminal on it: (vehicle, device)."""
    v, d = await vehicle(conn), await terminal(conn)
    await bind(conn, d, v)
    return v, d


def row(device_id, p):
    """A track's point as ingest would store it."""
    seen = hashlib.sha256(repr(astuple(p)).encode()).digest()
    digest = int.from_bytes(seen[:8], "big", signed=True)
    values = (p.odometer, p.speed, p.accuracy, p.ignition, p.fuel_ml, p.soc_permille)
    odometer, speed, accuracy, ignition, fuel, soc = (None if x < 0 else x for x in values)
    return (
        *(from_us(p.t), from_us(p.t), digest, device_id, p.lon, p.lat, odometer, fuel, None),
        *(speed, None, None, accuracy, soc, None, p.reported_flags),
        None if ignition is None else bool(ignition),
    )


async def send(conn, device_id, points):
    """Accept fixes in one transaction, as ingest does."""
    async with conn.transaction():
        return await positions.append(conn, [row(device_id, p) for p in points])


async def facts(conn, vehicle_id):
    """All that is understood of a vehicle but ids and book-keeping."""
    journeys = await conn.fetch(
        "SELECT to_jsonb(j) - 'id' - 'vehicle_id' AS j FROM journey j WHERE vehicle_id = $1"
        " ORDER BY started_at",
        vehicle_id,
    )
    visits = await conn.fetch(
        "SELECT to_jsonb(v) - 'id' - 'vehicle_id' AS v FROM fence_visit v WHERE vehicle_id = $1"
        " ORDER BY entered_at, fence_id",
        vehicle_id,
    )
    live = await conn.fetch(
        "SELECT motion, since FROM live_state WHERE vehicle_id = $1", vehicle_id
    )
    return [r[0] for r in journeys], [r[0] for r in visits], [tuple(r) for r in live]


async def checkpoints(conn, vehicle_id):
    """Where states are kept; their digests hold the terminal's id too."""
    rows = await conn.fetch(
        "SELECT at, kind FROM checkpoint WHERE vehicle_id = $1"
        " UNION ALL SELECT at, 'head' FROM fold_head WHERE vehicle_id = $1 ORDER BY at, kind",
        vehicle_id,
    )
    return [tuple(r) for r in rows]


async def marks_left(conn):
    return await conn.fetchval(
        "SELECT (SELECT count(*) FROM dirty_mark) + (SELECT count(*) FROM vehicle_mark)"
    )


def day(odometer=10_000):
    """A working day: two drives and three stops, a fix every 30 s."""
    legs = ((1800, 0), (3600, 50), (1800, 0), (3600, 70), (1800, 0))
    return drive(*legs, every_s=30, odometer=odometer)
