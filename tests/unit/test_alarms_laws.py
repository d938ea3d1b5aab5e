"""Laws of the alarm fold: cuts change nothing, states survive, machine code is the same, silence too."""

import random
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from telemetry import roads
from telemetry.alarms import Alarms, Rule, context
from telemetry.geofences import Fences
from telemetry.roads import Road, RoadClass
from telemetry.streams import END, Signal
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import BASIC, PLAIN, Car, Said, at, east, fold, judged, north, parts, piece
from tests.tracks import LAT, LON, S
from tests.zones import shut, zone

NETWORK = roads.index(
    [
        Road(RoadClass.CITY, ((LON, LAT - north(500)), (LON, LAT + north(300_000)))),
        Road(
            RoadClass.EXPRESSWAY, ((LON + east(300), LAT), (LON + east(-300), LAT + north(9_000)))
        ),
    ]
)
ZONES = Fences(
    [
        zone(1, 30, 2_000, 4_000, shut(6_000)),
        zone(2, 100, 5_000, 20_000),
        zone(3, 60, 10_000, 4_000, lo=at(1_200), hi=at(5_000)),
    ]
)
CTX = context(
    index=NETWORK,
    outages=np.array([[at(2_000), at(2_400)], [at(9_000), at(9_050)]], np.int64),
    fences=ZONES,
)
BITS = [0, 0, 0, *(int(b) for b in ReportedFlag)]
SPEEDS = [0, 0, 2.9, 3, 40, 66, 67, 80, 97, 110, 133, 145]
LENGTHS = [5, 10, 30, 60, 180, 599, 600, 601, 700, 1_200, 1_500, 5_000]

acts = st.tuples(
    st.sampled_from(["go", "go", "stand", "park", "quiet", "frozen", "far", "zero"]),
    st.sampled_from(LENGTHS),
    st.sampled_from(SPEEDS),
    st.sampled_from(BITS),
    st.sampled_from([10, 20, 60, 299]),
)
statuses = st.tuples(st.integers(0, 20_000), st.sampled_from([Signal(k) for k in (1, 2, 3, 4, 11)]))


def driven(said):
    car = Car()
    for kind, seconds, kmh, bits, every_s in said:
        here = car.points[-1]
        if kind == "go":
            car.ignition = 1
            car.go(seconds, kmh, every_s, reported_flags=bits)
        elif kind in ("stand", "park"):
            getattr(car, kind)(seconds, every_s, reported_flags=bits)
        elif kind == "quiet":
            car.quiet(seconds, kmh)
        elif kind == "frozen":
            car.go(seconds, kmh, every_s, lon=here.lon, lat=here.lat)
        elif kind == "far":
            car.go(10, kmh).report(t=at(car.s + 1), lat=here.lat + north(7_000))
            car.s += 1
        else:
            car.go(every_s, kmh, lon=0, lat=0, reported_flags=bits)
    return car.points


tracks = st.lists(acts, min_size=1, max_size=12).map(driven)
said = st.lists(statuses, max_size=6).map(
    lambda rows: [Said(at(s), kind) for s, kind in dict(rows).items()]
)


@given(tracks, said, st.lists(st.integers(0, 30_000), max_size=8))
def test_pieces_say_what_the_whole_says(points, signals, cuts):
    whole = piece(points, signals)
    state, ended = fold(whole, CTX)
    again, same = fold(whole, CTX, cuts=[at(s) for s in cuts])
    assert (PLAIN.encode(again), same) == (PLAIN.encode(state), ended)


@given(tracks, said, st.integers(0, 30_000))
def test_a_state_that_was_kept_goes_on_as_if_it_had_not_been(points, signals, cut):
    state, ended = PLAIN.empty(), []
    for one in parts(piece(points, signals), [at(cut)]):
        values = PLAIN.encode(state)
        assert PLAIN.encode(PLAIN.decode(values)) == values
        state, more = PLAIN.fold(PLAIN.decode(values), one, CTX)
        ended += more
    assert (PLAIN.encode(state), ended) == _whole(points, signals)


def _whole(points, signals):
    state, ended = fold(piece(points, signals), CTX)
    return PLAIN.encode(state), ended


@given(tracks, said)
def test_machine_code_says_what_python_says(points, signals):
    whole, machine = piece(points, signals), Alarms()
    state, ended = machine.fold(machine.empty(), whole, CTX)
    assert (machine.encode(state), ended) == _whole(points, signals)


@given(tracks, said, st.integers(1, 30_000))
def test_facts_of_a_rule_never_overlap_and_begin_when_pending_allows(points, signals, cut):
    before = after = None
    whole = piece(points, signals)
    pieces = list(parts(whole, [at(cut)]))
    state, before = PLAIN.fold(PLAIN.empty(), pieces[0], CTX)
    pending = PLAIN.pending(state, at(cut))
    for one in pieces[1:]:
        state, after = PLAIN.fold(state, one, CTX)
    open_, _ = PLAIN.under_way(state, at(60_000), 0, CTX)
    if len(pieces) > 1:
        assert all(f.started < pending.get(f.key, at(cut)) for f in before)
        assert all(f.started >= pending.get(f.key, at(cut)) for f in [*(after or []), *open_])
    for rule in Rule:
        facts = [f for f in [*before, *(after or []), *open_] if f.key == rule]
        facts.sort(key=lambda f: f.started)
        for one in facts:
            assert one.started <= one.last
            assert one.started <= one.raised
            assert (one.last == END) == (one.ended is None)
        for one, other in pairwise(facts):
            assert one.last < other.started


@given(tracks, said, st.integers(0, 400_000))
def test_silence_changes_nothing_before_it_says_so(points, signals, later):
    state, _ = fold(piece(points, signals), CTX)
    values = PLAIN.encode(state)
    now = max([points[-1].t, *(s.t for s in signals)])
    facts, wake = PLAIN.under_way(state, now, 0, CTX)
    for _ in range(20):
        if wake is None:
            break
        assert wake > now
        between = random.Random(later).randint(now, wake - 1)
        assert PLAIN.under_way(state, between, 0, CTX)[0] == facts
        now = wake
        facts, wake = PLAIN.under_way(state, now, 0, CTX)
    assert wake is None
    assert PLAIN.encode(state) == values


@given(tracks, st.integers(1, 3_000_000))
def test_what_silence_said_is_confirmed_by_the_next_message(points, later_ms):
    """A fact that silence ended comes out the same when the car is heard again, still there."""
    state, ended = fold(piece(points), BASIC)
    t = points[-1].t + later_ms * 1_000
    silent, _ = PLAIN.under_way(state, t, 0, BASIC)
    back = points[-1].but(t=t, reported_flags=0)
    after, more = fold(piece([*points, back]), BASIC)
    again, _ = PLAIN.under_way(after, t, 0, BASIC)
    was = [f for f in [*ended, *silent] if f.ended is not None]
    now = [f for f in [*more, *again] if f.ended is not None]
    assert [f for f in was if f not in now] == []


def test_a_day_of_jitter_raises_nothing():
    rng = np.random.default_rng(7)
    for _ in range(5):
        car = Car(ignition=0)
        for _ in range(288):
            car.park(300)
        noisy = [
            p.but(
                lon=p.lon + east(rng.normal(0, 20)),
                lat=p.lat + north(rng.normal(0, 20)),
                speed=int(abs(rng.normal(0, 15))),
                accuracy=300,
            )
            for p in car.points
        ]
        assert judged(noisy) == []


def test_a_working_day_of_an_honest_car_raises_nothing():
    car = Car(ignition=0).park(1_800)
    for _ in range(4):
        car.go(1_800, 55).go(3_000, 78).stand(600).go(300, 40).park(3_600)
    assert judged([*car.park(300).points]) == []
    assert judged(car.points, as_of=car.points[-1].t + 86_400 * S) == []
