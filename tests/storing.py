"""Weeks of fixes in a real database, quickly: made on the server."""

from datetime import UTC, datetime, timedelta

from telemetry import positions, wire

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)

GENERATE = """
INSERT INTO fix (ts, digest, device_id, lon, lat, odometer_m, fuel_ml, seq, speed_dkmh, heading, satellites, ignition)
SELECT t, hashint8extended(n, d), d, 1179000000 + n % 100000 * 90 + d, 309000000 + (n * n / 7) % 40000, n, 40000, n,
       450, 90, 9, true
  FROM generate_series($1::int4, $2::int4) d, generate_series(0, $3::int8 - 1) n,
       LATERAL (SELECT $4::timestamptz + n * $5::interval AS t) x
 ORDER BY n, d
"""


async def fill(conn, start, each, *, devices=(1, 1), every=timedelta(seconds=10)):
    """Fixes of devices first..last, a round of all after the other."""
    await positions.ensure_weeks(conn, start, start + each * every)
    await put(conn, start, each, devices=devices, every=every)


async def put(conn, start, each, *, devices=(1, 1), every=timedelta(seconds=10)):
    """The same where the weeks are there."""
    await conn.execute(GENERATE, *devices, each, start, every, timeout=3_600)


async def weeks_from(conn, start, count, each=10):
    """A few fixes in each of some weeks."""
    for n in range(count):
        await fill(conn, start + n * WEEK, each, devices=(900, 900))


def loaded(said) -> positions.Load:
    """Fixes as the intake gathers them, of (device, received_at, fixes)."""
    gathered = wire.Gathered()
    reports = [[wire.report(fix) for fix in some] for _, _, some in said]
    assert gathered.add(range(len(said)), reports) == []
    columns = gathered.columns()
    assert columns.sound.all()
    devices, came = [device for device, _, _ in said], [at for _, at, _ in said]
    return positions.loaded(positions.said(columns), columns.of, devices, came)
