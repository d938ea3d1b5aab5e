"""What a socket is owed: after any changes and any frames the client holds the truth."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.live import LivePosition
from web.live.fleet import COARSE_E7, Car, Fleet, coarse
from web.live.frames import RECORD, Duty, Kind, Motion, pack, unpack
from web.live.view import Sight, View, Viewer

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
ALL = Viewer(frozenset({1, 2}), frozenset({1, 2}), watches=True)
OF_ONE = Viewer(frozenset({1}), frozenset({1}), watches=True)


def car(i, pool=1, device=None, plate="A"):
    return Car(i, f"{plate}{i}", pool, "sedan", device or 100 + i, LONG_AGO)


def position(device, lon=0, lat=0, *, ts=NOW, speed=300):
    return LivePosition(device, ts, ts, lon, lat, speed, 181, True, None)


def fleet(*cars):
    made = Fleet()
    made.tick = 1
    made.name(cars)
    return made


def shown(frame):
    kind, _, records = unpack(frame)
    return kind, {int(r["handle"]): (int(r["lon"]), int(r["lat"])) for r in records}


def test_a_record_is_sixteen_bytes_and_reads_back():
    records = np.array([(7, -1, 2**31 - 1, 179, 0x12, 33, 255)], dtype=RECORD)
    frame = pack(Kind.DELTA, 2**32 + 5, records)
    assert len(frame) == 8 + 16
    assert frame[:8] == bytes([1, 1, 1, 0, 5, 0, 0, 0])
    kind, tick, read = unpack(frame)
    assert (kind, tick, read.tolist()) == (Kind.DELTA, 5, records.tolist())
    with pytest.raises(ValueError, match="frame"):
        unpack(frame[:-1])


def test_speed_heading_state_and_age_are_as_documented():
    cars = fleet(car(1))
    cars.move([position(101, ts=NOW - timedelta(seconds=125), speed=724)])
    cars.set_motion([(1, Motion.IDLING)])
    cars.set_duty({1: Duty.RUNNING})
    record = cars.records(np.array([0]), np.array([True] * cars.size), NOW)[0]
    assert (record["kmh"], record["heading"], record["age"]) == (72, 90, 12)
    assert record["state"] == 3 | 2 << 4
    old = cars.records(np.array([0]), np.array([True] * cars.size), NOW + timedelta(days=3))[0]
    assert old["age"] == 255


def test_a_terminal_that_moves_to_another_car_takes_its_marker_only_from_then_on():
    cars = fleet(car(1, device=9), car(2, device=8))
    cars.move([position(9, lon=5)])
    sight = Sight(ALL)
    assert shown(sight.next_frame(cars, NOW)) == (Kind.KEYFRAME, {1: (5, 0)})
    cars.tick += 1
    swapped = Car(2, "A2", 1, "sedan", 9, NOW + timedelta(hours=1))
    cars.name([Car(1, "A1", 1, "sedan", None, None), swapped])
    assert shown(sight.next_frame(cars, NOW)) == (Kind.LEAVE, {1: (0, 0)})
    assert sight.next_frame(cars, NOW) is None
    cars.tick += 1
    cars.move([position(9, lon=6, ts=NOW + timedelta(hours=2))])
    assert shown(sight.next_frame(cars, NOW)) == (Kind.DELTA, {2: (6, 0)})


def test_a_car_that_is_disposed_of_leaves():
    cars, sight = fleet(car(1), car(2)), Sight(ALL)
    cars.move([position(101), position(102)])
    sight.next_frame(cars, NOW)
    cars.tick += 1
    cars.name([car(2)])
    assert shown(sight.next_frame(cars, NOW)) == (Kind.LEAVE, {1: (0, 0)})


def test_only_cars_that_are_new_or_renamed_are_named_again():
    cars, sight = fleet(car(1), car(2)), Sight(ALL)
    assert len(sight.named(cars, 0)) == 2
    cars.tick = 5
    cars.name([car(1), car(2, plate="B"), car(3)])
    assert [c.plate for c in sight.named(cars, 1)] == ["B2", "A3"]


def test_who_watches_nothing_sees_and_names_nothing():
    cars = fleet(car(1))
    cars.move([position(101)])
    sight = Sight(Viewer(frozenset(), frozenset({1}), watches=False))
    assert sight.named(cars, -1) == []
    assert shown(sight.next_frame(cars, NOW)) == (Kind.KEYFRAME, {})


@given(st.integers(-1_800_000_000, 1_799_999_999))
def test_a_coarse_position_is_within_half_a_cell_and_the_same_for_all_of_the_cell(e7):
    [middle] = coarse(np.array([e7], dtype=np.int32))
    assert abs(int(middle) - e7) <= COARSE_E7 // 2
    again = coarse(np.array([middle, e7 // COARSE_E7 * COARSE_E7], dtype=np.int32))
    assert set(again.tolist()) == {int(middle)}


places = st.integers(-3, 3).map(lambda i: i * 10_000_000)
moves = st.tuples(st.just("move"), st.integers(1, 5), places, places)
views = st.tuples(
    st.just("look"), st.none() | st.just((-1.5, -1.5, 1.5, 1.5)), st.none() | st.sets(st.integers(1, 2))
)  # fmt: skip
rebinds = st.tuples(st.just("pool"), st.integers(1, 5), st.integers(1, 2))
frames = st.tuples(st.just("frame"))


class Console:
    """What a client holds: positions by handle."""

    def __init__(self, viewer):
        self.sight = Sight(viewer)
        self.held = {}

    def receive(self, cars):
        frame = self.sight.next_frame(cars, NOW)
        if frame is None:
            return False
        kind, records = shown(frame)
        if kind is Kind.KEYFRAME:
            self.held.clear()
        for handle, where in records.items():
            if kind is Kind.LEAVE:
                del self.held[handle]
            else:
                self.held[handle] = where
        return True


def in_view(view, truth, pools, viewer):
    """The positions that a viewer is to hold, by definition."""

    def as_seen(i, where):
        return where if pools[i] in viewer.exact else tuple(coarse(np.array(where)).tolist())

    return {
        i: where
        for i, where in ((i, as_seen(i, where)) for i, where in truth.items())
        if (view.pools is None or pools[i] in view.pools)
        and (view.bbox is None or all(abs(e7) <= 15_000_000 for e7 in where))
    }


@given(st.lists(moves | views | rebinds | frames, max_size=40), st.sampled_from([ALL, OF_ONE]))
def test_after_any_history_the_frames_add_up_to_what_is_in_view(history, viewer):
    pools, truth = dict.fromkeys(range(1, 6), 1), {}
    cars, console = fleet(*map(car, pools)), Console(viewer)
    for what, *how in history:
        cars.tick += 1
        match what, how:
            case "move", (i, lon, lat):
                cars.move([position(100 + i, lon, lat)])
                truth[i] = lon, lat
            case "look", (bbox, wanted):
                wanted = None if wanted is None else frozenset(wanted)
                console.sight.look(View(bbox=bbox, pools=wanted))
            case "pool", (i, pool):
                pools[i] = pool
                cars.name(car(i, pool) for i, pool in pools.items())
            case _:
                console.receive(cars)
    while console.receive(cars):
        cars.tick += 1
    assert console.held == in_view(console.sight.view, truth, pools, viewer)
