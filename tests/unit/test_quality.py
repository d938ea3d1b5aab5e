"""What is said of a terminal: each fault found, and a good one left in peace."""

import random

import numpy as np
import pytest

from dispatch.kernel.place import from_wgs84
from telemetry.quality import DEFAULT_RULES, Delays, Reason, Spots, clock, datum, positions
from tests.tracks import LAT, LON, MM_PER_E7, drive, fixes

DAY = drive((3600, 0), (1800, 60), (3600, 0), (1800, 40), (3600, 0), odometer=50_000_000)


def north(metres):
    return round(metres * 1000 / MM_PER_E7)


def said(points):
    return {f.reason: f for f in positions(fixes(points), DEFAULT_RULES)}


def some(points, seed, share, **changes):
    """A share of the fixes changed; callables take the point."""
    chance = random.Random(seed)
    return [
        p.but(**{k: v(p) if callable(v) else v for k, v in changes.items()})
        if chance.random() < share
        else p
        for p in points
    ]


def test_a_good_day_has_no_findings():
    chance = random.Random(1)
    jitter = [
        p.but(lat=p.lat + north(chance.gauss(0, 6)), lon=p.lon + north(chance.gauss(0, 6)))
        for p in DAY
    ]
    assert said(jitter) == {}
    assert positions(fixes([]), DEFAULT_RULES) == []


FAULTS = {
    Reason.ZERO: some(DAY, 1, 0.02, lon=0, lat=0),
    Reason.JUMP: some(DAY, 1, 0.02, lat=lambda p: p.lat + north(20_000)),
    Reason.COARSE: some(DAY, 1, 0.02, accuracy=9_000),
    Reason.CONFLICT: some(DAY, 1, 0.02, conflicts=2),
    Reason.FROZEN: [p.but(lat=DAY[400].lat) if 400 < i < 404 else p for i, p in enumerate(DAY)],
    Reason.PARKING_DRIFT: [
        p.but(lat=p.lat + north(70)) if i < 360 and i % 9 == 0 else p for i, p in enumerate(DAY)
    ],
    Reason.ODOMETER_BACK: [
        p.but(odometer=p.odometer - 49_900_000 * (i > 700)) for i, p in enumerate(DAY)
    ],
    Reason.ODOMETER_LEAP: [
        p.but(odometer=p.odometer + 900_000 * (i > 700)) for i, p in enumerate(DAY)
    ],
    Reason.ODOMETER_STUCK: [p.but(odometer=50_000_000) for p in DAY],
    Reason.ODOMETER_VARIANCE: [
        p.but(odometer=50_000_000 + (p.odometer - 50_000_000) * 11 // 10) for p in DAY
    ],
}


@pytest.mark.parametrize("reason", FAULTS)
def test_each_fault_is_found_and_nothing_else(reason):
    assert set(said(FAULTS[reason])) == {reason}


def test_findings_say_how_many_and_how_much():
    assert said(FAULTS[Reason.ODOMETER_LEAP])[Reason.ODOMETER_LEAP].figure == 900_000
    assert said(FAULTS[Reason.ODOMETER_STUCK])[Reason.ODOMETER_STUCK].figure == pytest.approx(
        50_000, abs=300
    )
    drifted = said(FAULTS[Reason.PARKING_DRIFT])[Reason.PARKING_DRIFT]
    assert (drifted.count, drifted.figure) == (79, 70)
    assert all(reason.words[0] and reason.words[1] for reason in Reason)


CLOCKS = {
    "right": (Delays(500, 2, 4, 8, 0), None),
    "behind by 5 min": (Delays(500, 3_002, 3_004, 3_010, 500), (Reason.CLOCK_BEHIND, 301)),
    "ahead by 3 min": (Delays(500, -1_799, -1_796, -1_790, 0), (Reason.CLOCK_AHEAD, 179)),
    "ahead by 9 s": (Delays(500, -90, -88, -85, 0), None),
    "a buffer emptied at night": (
        Delays(500, 36_000, 50_000, 200_000, 500),
        (Reason.LATE_UPLOAD, 20_000),
    ),
    "a tunnel": (Delays(500, 3, 4, 9, 40), (Reason.LATE_UPLOAD, 0)),
    "too few": (Delays(5, 9_000, 9_000, 9_000, 5), None),
    "from the future": (Delays(0, 0, 0, 0, 0, future=7), (Reason.FROM_THE_FUTURE, None)),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_clocks_and_buffers_are_told_apart(case):
    delays, expected = CLOCKS[case]
    found = [(f.reason, f.figure) for f in clock(delays, DEFAULT_RULES)]
    assert found == ([] if expected is None else [expected])


def network(seed=1, n=60):
    """Roads that go all ways, as segments, and positions on them."""
    chance = random.Random(seed)
    at, segments, places = (LON, LAT), [], []
    for _ in range(n):
        to = (
            at[0] + north(chance.uniform(-3_000, 3_000)),
            at[1] + north(chance.uniform(-3_000, 3_000)),
        )
        segments.append((*at, *to))
        for k in range(10):
            on = [
                a + (b - a) * k // 10 + north(chance.gauss(0, 8))
                for a, b in zip(at, to, strict=True)
            ]
            places.append(on)
        at = to
    return np.array(segments, np.int64), np.array(places, np.int64)


def as_if(places, shown):
    turned = [from_wgs84(lon / 1e7, lat / 1e7, shown) for lon, lat in places.tolist()]
    return np.round(np.array(turned) * 1e7).astype(np.int64)


NONE = np.zeros((0, 2), np.int64)
NO_ROADS = np.zeros((0, 4), np.int64)


@pytest.mark.parametrize("shown", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("seed", range(5))
def test_the_datum_is_judged_by_roads(shown, seed):
    segments, places = network(seed)
    found = datum(Spots(as_if(places, shown), NONE, segments, None), DEFAULT_RULES)
    assert [f.detail for f in found] == ([] if shown == "wgs84" else [shown])
    assert all(300 <= f.figure <= 1_500 for f in found)


@pytest.mark.parametrize("shown", ["wgs84", "gcj02"])
def test_the_datum_is_judged_at_home_where_there_are_no_roads(shown):
    parked = as_if(np.array([[LON + i, LAT - i] for i in range(50)], np.int64), shown)
    found = datum(Spots(NONE, parked, NO_ROADS, (LON, LAT)), DEFAULT_RULES)
    assert [f.detail for f in found] == ([] if shown == "wgs84" else ["gcj02"])


def test_where_nothing_fits_nothing_is_said():
    segments, places = network()
    far = places + 5_000_000
    assert datum(Spots(far, far, segments, (LON, LAT)), DEFAULT_RULES) == []
    assert datum(Spots(places, places, NO_ROADS, None), DEFAULT_RULES) == []
    assert datum(Spots(as_if(places[:10], "gcj02"), NONE, segments, None), DEFAULT_RULES) == []
