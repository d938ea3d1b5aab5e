"""The digest of a fix is a contract: the same bytes for ever, for whoever computes it."""

import hashlib
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import positions, wire
from telemetry.positions.packed import COLUMNS, EPOCH, LAYOUT

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
FULL = wire.Fix(
    ts=NOON,
    lon=117.2841234,
    lat=34.2057891,
    seq=41,
    speed_kmh=63.5,
    heading=359.6,
    altitude_m=-12.5,
    accuracy_m=4.25,
    ignition=True,
    odometer_m=48_213_990,
    fuel_ml=31_200,
    soc_pct=87.3,
    satellites=11,
    flags=5,
)
BARE = wire.Fix(ts=NOON, lon=-180, lat=90)


def of(row, column):
    return row[COLUMNS.index(column)]


def test_the_layout_is_43_bytes_in_the_order_of_the_columns():
    assert LAYOUT.size == 43
    assert LAYOUT.format == ">qiiiiihhhhhhhb"


@pytest.mark.parametrize(
    ("fix", "packed_hex", "digest"),
    [
        pytest.param(
            FULL,
            "00064c0953885240 45e82312 146363a3 02dfafe6 000079e0 00000029 "
            "027b 0000 fff4 002a 0369 000b 0005 01",
            4721206816313981270,
            id="all fields",
        ),
        pytest.param(
            BARE,
            "00064c0953885240 94b62e00 35a4e900 80000000 80000000 80000000 "
            "8000 8000 8000 8000 8000 8000 0000 80",
            -8236595596634298928,
            id="only what is required",
        ),
    ],
)
def test_known_answers(fix, packed_hex, digest):
    packed = bytes.fromhex(packed_hex)
    assert int.from_bytes(hashlib.sha256(packed).digest()[:8], "big", signed=True) == digest
    assert of(positions.pack(7, fix, NOON), "digest") == digest


def test_the_row_holds_rounded_integers_and_none():
    row = positions.pack(7, FULL, NOON)
    assert row == (
        NOON, NOON, of(row, "digest"), 7, 1172841234, 342057891, 48_213_990, 31_200, 41,
        635, 0, -12, 42, 873, 11, 5, True,
    )  # fmt: skip
    assert positions.pack(7, BARE, NOON)[6:] == (None,) * 9 + (0, None)


def test_the_same_instant_in_another_zone_is_the_same_fix():
    shanghai = timezone(timedelta(hours=8))
    there = wire.Fix(ts=NOON.astimezone(shanghai), lon=1, lat=2)
    here = wire.Fix(ts=NOON, lon=1, lat=2)
    assert of(positions.pack(7, there, NOON), "digest") == of(
        positions.pack(9, here, NOON + timedelta(hours=1)), "digest"
    )


def test_ignition_unknown_off_and_on_are_three_fixes():
    digests = {
        of(positions.pack(7, wire.Fix(ts=NOON, lon=1, lat=2, ignition=said), NOON), "digest")
        for said in (None, False, True)
    }
    assert len(digests) == 3


fixes = st.builds(
    wire.Fix,
    ts=st.integers(0, 4 * 10**15).map(lambda us: EPOCH + timedelta(microseconds=us)),
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
    seq=st.none() | st.integers(0, 2**31 - 1),
    speed_kmh=st.none() | st.floats(0, 400),
    heading=st.none() | st.floats(0, 360),
    altitude_m=st.none() | st.floats(-500, 9000),
    accuracy_m=st.none() | st.floats(0, 3000),
    ignition=st.none() | st.booleans(),
    odometer_m=st.none() | st.integers(0, 2_000_000_000),
    fuel_ml=st.none() | st.integers(0, 2_000_000),
    soc_pct=st.none() | st.floats(0, 100),
    satellites=st.none() | st.integers(0, 100),
    flags=st.integers(0, 32767),
)


@given(fixes)
def test_whatever_the_wire_lets_in_fits_the_columns(fix):
    row = positions.pack(7, wire.decode(wire.Channel.FIX, wire.encode([fix]))[0], NOON)
    for column, value in zip(COLUMNS[4:], row[4:], strict=True):
        bits = 32 if column in {"lon", "lat", "odometer_m", "fuel_ml", "seq"} else 16
        assert value is None or -(2 ** (bits - 1)) < value < 2 ** (bits - 1)
    assert struct.unpack(">q", struct.pack(">q", of(row, "digest")))[0] == of(row, "digest")


@given(st.datetimes(timezones=st.just(UTC)))
def test_microseconds_are_exact(at):
    since = positions.microseconds(at)
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=since) == at
