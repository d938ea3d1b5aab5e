"""Laws of the energy fold, and how well it reads a thousand tanks."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.fuel import STREAM, Capacity
from telemetry.fuel.fold import fold_energy
from telemetry.fuel.model import DEFAULT_RULES, limits
from telemetry.streams import Signal, Signals
from tests.fuelling import Car, Sensor, piece
from tests.suite import FULL
from tests.tracks import LAT, LON, S

KINDS = ((55_000, 7_800), (48_000, 5_000), (60_000, 9_500), (66_000, 10_500), (90_000, 15_000))
CAPACITY = Capacity(55_000, 18_000, 7_800)


def days(seed, count=8, sensor=None):
    """A car's days: trips, fills of all sizes in sight or out of it, thefts and look-alikes."""
    rng = np.random.default_rng(seed)
    tank, norm = KINDS[seed % len(KINDS)]
    car = Car(seed, tank, norm, sensor or Sensor(), ml=tank * 0.6, soc=500.0)
    for _ in range(count):
        for _ in range(rng.integers(1, 4)):
            car.drive(rng.integers(15, 60), kmh=int(rng.integers(30, 90)))
            stop(car, rng)
            car.drive(rng.integers(10, 50), kmh=int(rng.integers(30, 80)))
        night(car, rng)
    return car.drive(30), Capacity(tank, 18_000, norm)


def stop(car, rng):
    tank = car.tank_ml
    if car.ml < tank * 0.35 or (rng.random() < 0.15 and car.ml < tank * 0.85):
        room = tank * 0.95 - car.ml
        fill = room if rng.random() < 0.7 else rng.uniform(max(3_500, 0.07 * tank), room)
        how = rng.random()
        if how < 0.6:
            car.stand(6, fill_ml=fill, fill_after_s=60, fill_s=150)
        else:
            car.stand(20, fill_ml=fill, fill_after_s=400, fill_s=100, silent=how > 0.8)
    else:
        car.stand(rng.integers(2, 120), engine=rng.random() < 0.1)


def night(car, rng):
    luck = rng.random()
    car.stand(120)
    if car.ml > 20_000 and luck < 0.12:
        taken = rng.uniform(8_600, 18_000)
        car.stand(10, fill_ml=-taken, fill_after_s=100, fill_s=240, slope=car.slope)
    elif car.ml > 20_000 and luck < 0.2:  # too little for a theft
        car.stand(10, fill_ml=-rng.uniform(1_000, 7_000), fill_after_s=100, fill_s=240,
                  slope=car.slope)  # fmt: skip
        car.truth.pop()
    elif luck < 0.6:
        car.stand(rng.integers(60, 300), soc=rng.uniform(50.0, 900.0 - min(car.soc, 850.0)))
    car.stand(300, slope=car.slope)


@cache
def some_days():
    car, _ = days(3, count=2)
    rows = car.rows[::2]
    at = np.array([rows[i][0] + 3 * S for i in range(5, len(rows), 97)], np.int64)
    n = len(at)
    said = np.full(n, -1, np.int64)
    kinds = np.resize([int(k) for k in (Signal.LEVEL, Signal.REFUELLING, Signal.CHARGING)], n)
    fuel = np.where(kinds == int(Signal.LEVEL), 30_000, -1).astype(np.int64)
    place = np.full(n, LON, np.int64), np.full(n, LAT, np.int64)
    signals = Signals(at, said * 0 + 1, kinds.astype(np.int64), fuel, said, said * -9_000, *place)
    return piece(rows, signals)


def through(whole, cuts):
    state, events = STREAM.empty(), []
    t, heard = whole.fixes.t, whole.signals.t
    edges = [0, *sorted(int(t[c]) for c in cuts), 2**62]
    for lo, hi in pairwise(edges):
        a, b = t.searchsorted([lo, hi])
        c, d = heard.searchsorted([lo, hi])
        part = whole.part(a, b, whole.signals.part(c, d))
        state = STREAM.decode(STREAM.encode(state))
        state, ended = STREAM.fold(state, part, CAPACITY)
        events += ended
    return STREAM.encode(state), events


@given(st.lists(st.integers(0, len(some_days().fixes) - 1), max_size=8))
def test_pieces_give_what_the_whole_gives(cuts):
    assert through(some_days(), cuts) == through(some_days(), [])


def test_fix_by_fix_gives_what_the_whole_gives():
    part = some_days().part(0, 1_200, some_days().signals.part(0, 9))
    assert through(part, range(len(part.fixes))) == through(part, [])


@given(st.integers(0, len(some_days().fixes)))
def test_no_event_that_ends_later_begins_before_pending(cut):
    whole = some_days()
    at = int(whole.fixes.t[cut - 1]) + 1 if cut else 0
    heard = int(whole.signals.t.searchsorted(at))
    first = whole.part(0, cut, whole.signals.part(0, heard))
    rest = whole.part(cut, len(whole.fixes), whole.signals.part(heard, len(whole.signals)))
    state, before = STREAM.fold(STREAM.empty(), first, CAPACITY)
    since = STREAM.pending(state, at)
    _, after = STREAM.fold(state, rest, CAPACITY)
    assert all(e.started >= since.get(e.key, at) for e in after)
    assert all(e.started < since.get(e.key, at) for e in before)


def test_events_of_a_medium_never_overlap():
    _, events = through(some_days(), [])
    for key in (0, 1):
        spans = [(e.started, e.last) for e in events if e.key == key]
        assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_machine_code_says_what_python_says():
    whole = some_days().part(0, 1_500, some_days().signals.part(0, 12))
    fixes, heard = whole.fixes, whole.signals
    found = []
    for fold in (fold_energy, fold_energy.plain):
        state, out = STREAM.empty(), np.zeros((2_000, 12), np.int64)
        n = fold(
            state,
            limits(CAPACITY, DEFAULT_RULES),
            *(fixes.t, fixes.fuel_ml, fixes.soc_permille, fixes.speed, fixes.ignition),
            *(fixes.device, whole.phase, whole.moved_mm, fixes.lon, fixes.lat, whole.flags),
            *(heard.t, heard.kind, heard.fuel_ml, heard.soc_permille, heard.added_ml),
            heard.device,
            out,
        )
        found.append((state.tolist(), out[:n].tolist()))
    assert found[0] == found[1]
    assert found[0][1] != []


def compare(car, capacity):
    """Refuels and thefts: what was found of each true one, and what nobody did."""
    state, events = STREAM.fold(STREAM.empty(), car.piece(), capacity)
    events += STREAM.under_way(state, car.t, 0, capacity)[0]
    left = [e for e in events if e.kind in ("refuel", "drop")]
    pairs = []
    for kind, lo, hi, ml in car.truth:
        near = (e for e in left if e.kind == kind and e.started <= hi + 60 * S and e.last >= lo)
        event = next(near, None)
        if event:
            left.remove(event)
        pairs.append((kind, ml, event))
    return pairs, left


@pytest.mark.parametrize("slosh", [0.03, 0.015])
def test_litres_are_found_and_right(slosh):
    """At full counts more than 500 fills and 100 thefts; the figures are in docs/energy.md."""
    pairs, false = [], []
    for seed in range(150 if FULL else 24):
        more, nobody = compare(*days(seed, sensor=Sensor(slosh=slosh)))
        pairs += more
        false += nobody
    fills = [(ml, e) for kind, ml, e in pairs if kind == "refuel"]
    thefts = [(ml, e) for kind, ml, e in pairs if kind == "drop"]
    off = sorted(abs(e.amount - ml) / max(1_000, 0.03 * ml) for ml, e in fills if e)
    p95 = off[int(len(off) * 0.95)]
    told = len([1 for _, _, e in pairs if e])
    counts = f"{len(fills)} fills, {len(thefts)} thefts, {len(false)} false, p95 {p95:.2f}"
    print(counts)
    assert len(fills) > (500 if FULL else 80), counts
    assert sum(e is not None for _, e in fills) >= 0.99 * len(fills), counts
    assert sum(e is not None for _, e in thefts) >= 0.95 * len(thefts), counts
    assert told >= 0.98 * (told + len(false)), counts
    assert p95 <= 1.0, counts
