"""A fix as it is stored: integers, and the digest that is a part of its key.

The digest is the first 8 bytes of SHA-256 over these 43 bytes, big-endian, read as a
signed integer. They hold exactly the stored columns that the device decided:

====== ====== ==============================================================
offset type   column
====== ====== ==============================================================
0      int64  ts, microseconds since 1970-01-01T00:00:00Z
8      int32  lon, 1e-7 degrees WGS-84
12     int32  lat, 1e-7 degrees WGS-84
16     int32  odometer_m
20     int32  fuel_ml
24     int32  seq
28     int16  speed_dkmh, 0.1 km/h
30     int16  heading, degrees 0..359
32     int16  altitude_m
34     int16  accuracy_dm, 0.1 m
36     int16  soc_permille
38     int16  satellites
40     int16  reported_flags
42     int8   ignition, 0 or 1
====== ====== ==============================================================

NULL is the least number of the field's width, which no column can hold. Fractions are
rounded half to even; 360 degrees is 0.
"""

import hashlib
import struct
from datetime import UTC, datetime
from typing import TypeAlias

from telemetry.wire import Fix

LAYOUT = struct.Struct(">qiiiiihhhhhhhb")
NO_INT4 = -(2**31)
NO_INT2 = -(2**15)
NO_INT1 = -(2**7)
NOTHINGS = (*[NO_INT4] * 5, *[NO_INT2] * 7, NO_INT1)
"""NULL of each column after ts."""
LONGEST_DS = 2**31 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DIGEST = struct.Struct(">q")

# ts, received_at, digest, device_id, lon, lat, odometer_m, fuel_ml, seq, speed_dkmh, heading,
# altitude_m, accuracy_dm, soc_permille, satellites, reported_flags, ignition
Row: TypeAlias = tuple[
    datetime,
    datetime,
    int,
    int,
    int,
    int,
    int | None,
    int | None,
    int | None,
    int | None,
    int | None,
    int | None,
    int | None,
    int | None,
    int | None,
    int,
    bool | None,
]
COLUMNS = (
    "ts",
    "delay_ds",
    "digest",
    "device_id",
    "lon",
    "lat",
    "odometer_m",
    "fuel_ml",
    "seq",
    "speed_dkmh",
    "heading",
    "altitude_m",
    "accuracy_dm",
    "soc_permille",
    "satellites",
    "reported_flags",
    "ignition",
)
"""The columns of `fix` and `fix_inbox`, in the order of a Row; see as_stored."""


def microseconds(at: datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z, exactly; at is aware."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def said(fix: Fix) -> tuple[int | None, ...]:
    """The stored columns that the device decided but ts, in the order of LAYOUT.

    Args:
        fix: within the ranges of the wire.
    """
    return (
        round(fix.lon * 1e7),
        round(fix.lat * 1e7),
        fix.odometer_m,
        fix.fuel_ml,
        fix.seq,
        None if fix.speed_kmh is None else round(fix.speed_kmh * 10),
        None if fix.heading is None else round(fix.heading) % 360,
        None if fix.altitude_m is None else round(fix.altitude_m),
        None if fix.accuracy_m is None else round(fix.accuracy_m * 10),
        None if fix.soc_pct is None else round(fix.soc_pct * 10),
        fix.satellites,
        fix.flags,
        fix.ignition,
    )


def digested(fix: Fix) -> bytes:
    """The 43 bytes of a fix within the ranges of the wire."""
    columns = zip(said(fix), NOTHINGS, strict=True)
    whole = (nothing if value is None else value for value, nothing in columns)
    return LAYOUT.pack(microseconds(fix.ts), *whole)


def pack(device_id: int, fix: Fix, received_at: datetime) -> Row:
    """A wire fix as the row to be stored.

    Args:
        device_id: whose it is.
        fix: within the ranges of the wire.
        received_at: product time.
    """
    row: Row = (fix.ts, received_at, digest(digested(fix)), device_id, *said(fix))  # type: ignore[assignment]
    return row


def as_stored(row: Row) -> tuple[object, ...]:
    """A row as its table has it: received_at as 0.1 s after ts, which is half as long."""
    late_us = microseconds(row[1]) - microseconds(row[0])
    return row[0], max(-LONGEST_DS, min(LONGEST_DS, late_us // 100_000)), *row[2:]


def digest(packed: bytes) -> int:
    """The first 8 bytes of SHA-256, big-endian, as a signed integer: an int8 of PostgreSQL."""
    value: int = _DIGEST.unpack_from(hashlib.sha256(packed).digest())[0]
    return value
