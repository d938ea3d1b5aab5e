"""Shared rides: known orders of calls, then laws against every order there is."""

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optimizer as o
from optimizer.check import judge
from optimizer.pooling import Ride, parties_listed, rides_of
from tests.tiny_days import HOUR, car, day, driver, matrix, task

LINE = matrix([[abs(a - b) * 10_000 for b in range(5)] for a in range(5)])
CALL_S = 120
NEXT = 99


def party(id: int, origin: int, destination: int, start_s: int, **more: object) -> o.Task:
    given = {"latest_s": start_s + 900, "share": o.Share(HOUR), "passengers": 1}
    return task(id, origin, destination, start_s, **{**given, **more})


def shared(*tasks: o.Task, **more: object) -> o.Problem:
    return day([car(1)], [driver(1)], list(tasks), **{"matrix": LINE, **more})


def alone(problem: o.Problem, calls: tuple[o.Call, ...], start_s: int, *then: o.Stop) -> o.Duty:
    ride = o.Stop(calls[0].task, start_s, ride=calls)
    return o.Duty(problem.vehicles[0].id, problem.drivers[0].id, (ride, *then))


def fen(problem: o.Problem, duty: o.Duty) -> int | None:
    """What the duty costs; None: the checker objects to it."""
    served = {task for stop in duty.stops for task in stop.tasks}
    left = [o.Unserved(t.id, "no-window") for t in problem.tasks if t.id not in served]
    verdict = judge(problem, [duty], (), left)
    return verdict.costs.fen if verdict.valid else None


def orders(ride: Ride) -> str:
    return " ".join(f"{'+' if call.on else '-'}{call.task}" for call in ride.calls)


def test_a_party_on_the_way_is_taken_along():
    problem = shared(party(1, 1, 4, 9 * HOUR), party(2, 2, 3, 9 * HOUR))
    rides = rides_of(problem)
    (way,) = [ride for ride in rides if orders(ride) == "+1 +2 -2 -1"]
    begun = way.starts[0]
    assert (way.tasks, way.origin, way.destination) == ((1, 2), 1, 4)
    assert (way.loaded_m, way.passengers) == (30_000, 2)
    # 10 km last 500 s; every call stands two minutes.
    assert begun.on_s == (9 * HOUR, 9 * HOUR + CALL_S + 500)
    assert (begun.duration_s, begun.driving_s) == (3 * 500 + 4 * CALL_S, 1500)


def test_the_car_waits_for_a_party_that_is_not_there_yet():
    late = party(2, 2, 3, 9 * HOUR + 1200)
    (way,) = [
        ride
        for ride in rides_of(shared(party(1, 1, 4, 9 * HOUR, latest_s=9 * HOUR), late))
        if orders(ride) == "+1 +2 -2 -1"
    ]
    assert way.starts[0].on_s == (9 * HOUR, 9 * HOUR + 1200)
    assert way.starts[0].duration_s == 1200 + 500 + CALL_S + 500 + CALL_S


def test_two_parties_at_one_place_get_on_when_the_car_has_stood_long_enough():
    at_s = 9 * HOUR + 1200
    first = party(1, 0, 4, 9 * HOUR, latest_s=9 * HOUR, share=o.Share(2 * HOUR))
    others = [party(id, 1, 4, at_s, latest_s=at_s) for id in (2, 3)]
    (way,) = [ride for ride in rides_of(shared(first, *others)) if len(ride.tasks) == 3]
    assert way.starts[0].on_s == (9 * HOUR, at_s, at_s)


@pytest.mark.parametrize(
    "other",
    [
        party(2, 2, 3, 9 * HOUR, share=None),
        party(2, 2, 3, 9 * HOUR, passengers=4),
        party(2, 2, 3, 9 * HOUR, classes=("coach",)),
        party(2, 2, 3, 14 * HOUR),
        party(2, 2, 3, 9 * HOUR, latest_s=9 * HOUR + 600),
        party(2, 4, 0, 9 * HOUR, share=o.Share(2000 + CALL_S - 1)),
        party(2, 2, 3, 9 * HOUR, fixed=o.Fixed(1, 1, 9 * HOUR)),
    ],
    ids=["does not share", "no seats", "other class", "later", "too soon", "opposite", "fixed"],
)
def test_who_cannot_share_is_left_alone(other):
    first = party(1, 1, 4, 9 * HOUR, latest_s=9 * HOUR, share=o.Share(1500 + 2 * CALL_S))
    assert rides_of(shared(first, other)) == ()


def test_no_car_no_ride():
    parties = [party(1, 1, 4, 9 * HOUR), party(2, 2, 3, 9 * HOUR)]
    of_no_class = [replace(one, classes=("tram",)) for one in parties]
    assert rides_of(shared(*parties))
    assert rides_of(shared(*of_no_class)) == ()


@st.composite
def small_days(draw):
    """Three parties among five places, and a task after them; tolls and rush hours at times."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 32)))
    n = int(rng.integers(2, 4))
    points = rng.integers(0, 30_000, (5, 2))
    metres = np.abs(points[:, None] - points[None]).sum(axis=2).astype(np.uint32)
    tolls = metres // 100 if rng.random() < 0.5 else None
    rush = tuple(int(p) for p in rng.integers(80, 200, 24)) if rng.random() < 0.5 else ()
    found = []
    for id in range(1, n + 1):
        origin, destination = rng.choice(5, 2, replace=False).tolist()
        start_s = 9 * HOUR + 60 * int(rng.integers(0, 50))
        longest_s = int(metres[origin, destination]) // 15 + 60 * int(rng.integers(5, 40))
        slack_s = 300 * int(rng.integers(0, 6))
        given = {"latest_s": start_s + slack_s, "share": o.Share(longest_s)}
        if rng.random() < 0.2:
            given["published"] = o.Published(1, start_s + 300, 500)
        given["passengers"] = int(rng.integers(1, 3))
        found.append(party(id, origin, destination, start_s, **given))
    last = task(NEXT, *rng.choice(5, 2, replace=False).tolist(), 15 * HOUR)
    return day(
        [car(1, fen_per_km=int(rng.choice([1, 7, 60, 150])), passenger_seats=4)],
        [driver(1)],
        [*found, last],
        matrix=o.Matrix(metres // 15, metres, "drawn", tolls, rush),
        horizon=o.Horizon(epoch=0, length_s=24 * HOUR, buffer_s=300, start_step_s=300),
        driver_fen_per_hour=2_999,
        call_s=int(rng.choice([0, 60, 120])),
    )


@settings(max_examples=60, deadline=None)
@given(small_days())
def test_every_ride_passes_the_checker(problem):
    for ride in rides_of(problem):
        for begun in ride.starts:
            duty = alone(problem, ride.calls, begun.start_s)
            assert fen(problem, duty) is not None
            (leg,) = o.timetable(problem, duty).legs
            assert leg.end_s == begun.start_s + begun.duration_s
            assert [p.on_s for p in leg.work.parties] == list(begun.on_s)
            assert (leg.work.driving.seconds, leg.work.driving.metres, leg.work.aboard) == (
                begun.driving_s,
                ride.loaded_m,
                ride.passengers,
            )
            assert (leg.work.driving.toll_fen, leg.work.goal) == (ride.toll_fen, ride.destination)


@settings(max_examples=40, deadline=None)
@given(small_days())
def test_no_order_of_calls_is_better_than_those_listed(problem):
    listed = rides_of(problem)
    after = (o.Stop(NEXT, 15 * HOUR),)
    for then in ((), after):
        best = _cheapest(problem, ((r.calls, s.start_s) for r in listed for s in r.starts), then)
        every = _cheapest(problem, _every_order(problem), then)
        assert best == every


def _cheapest(problem, ways, then):
    """Least fen of each group by first place, last place and start."""
    places = {t.id: (t.origin, t.destination) for t in problem.tasks}
    found = {}
    for calls, start_s in ways:
        ends = places[calls[0].task][0], places[calls[-1].task][1]
        key = (frozenset(call.task for call in calls), ends, start_s)
        paid = fen(problem, alone(problem, calls, start_s, *then))
        if paid is not None:
            found[key] = min(paid, found.get(key, paid))
    return found


def _every_order(problem):
    sharers = [t for t in problem.tasks if t.share is not None]
    step_s = problem.horizon.start_step_s
    for n in range(2, len(sharers) + 1):
        for group in combinations(sharers, n):
            calls = [o.Call(t.id, on) for t in group for on in (True, False)]
            for order in permutations(calls):
                if all(
                    order.index(o.Call(t.id, True)) < order.index(o.Call(t.id, False))
                    for t in group
                ):
                    first = next(t for t in group if t.id == order[0].task)
                    for start_s in range(first.earliest_s, first.latest_s + 1, step_s):
                        yield order, start_s


def test_of_too_many_rides_only_those_of_few_parties_are_listed():
    crowd = [party(id, id % 4, 4, 9 * HOUR, share=o.Share(3 * HOUR)) for id in range(1, 26)]
    problem = shared(*crowd)
    assert parties_listed(problem) == 3
    assert {len(ride.tasks) for ride in rides_of(problem)} == {2, 3}
    assert parties_listed(shared(*crowd[:6])) == 4
