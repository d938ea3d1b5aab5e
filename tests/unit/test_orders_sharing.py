"""Who could share a ride, in which order of stops, and which rides are chosen."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optimizer
from dispatch.orders.pairing import chosen, saves
from dispatch.orders.sharing import CALL_S, WITHIN, Party, Ride, own_metres, rides
from dispatch.orders.tasks import ride_task
from dispatch.orders.travel import Roads
from dispatch.pools import Car
from dispatch.requests import Place, Request, may_share
from tests.orders_city import MONDAY, SUNDAY_NOON, at

MINUTE = timedelta(minutes=1)
# On a line, minutes and kilometres apart: two units next to each other, one aside, the goal.
LINE = {"A": 0, "B": 2, "C": 30, "D": 60}
PLACES = {
    name: Place(i + 1, name, float(km), 0.0, None) for i, (name, km) in enumerate(LINE.items())
}


def roads():
    km = np.array(list(LINE.values()))
    away = np.abs(km[:, None] - km)
    seconds, metres = (away * 60).astype(np.uint32), (away * 1000).astype(np.uint32)
    matrix = optimizer.Matrix(seconds, metres, "line", (away * 10).astype(np.uint32))
    return Roads(matrix, {(float(k), 0.0): i for i, k in enumerate(km)})


NET = roads()


def asked(number, origin="A", depart="09:00", back="15:00", **more):
    drive_s = abs(LINE["D"] - LINE[origin]) * 60
    fields = {
        "id": number, "unit_id": number, "unit_name": f"U{number}", "pool_id": 1,
        "requested_by": 1, "purpose": "RESEARCH", "purpose_text": "", "passengers": 2,
        "lead_passenger": "", "kind": "wait_and_return", "origin": PLACES[origin],
        "destination": PLACES["D"], "depart_at": at(depart), "return_at": at(back),
        "vehicle_class": None, "emergency": False, "out_of_city": False, "state": "approved",
        "review_required": False, "violations": [], "reject_reason": None, "version": 1,
        "submitted_at": SUNDAY_NOON, "decided_at": None, "promised_at": None,
        "distance_m": drive_s // 60 * 1000, "drive_s": drive_s,
    }  # fmt: skip
    return Request(**fields | more)


def car(number, seats=5, *, pool=1, vehicle_class="sedan", category="OTHER"):
    return Car(
        number, f"P{number}", "", pool, category, vehicle_class, seats, "petrol",
        None, 7_800, None, 0.0, 0.0, None, None,
    )  # fmt: skip


def found(*waiting, now=SUNDAY_NOON):
    return list(rides(waiting, NET, now))


def test_two_neighbours_are_picked_up_one_after_the_other():
    (ride,) = found(asked(1), asked(2, "B", "09:10", "15:20"))
    (a, b) = ride.parties
    assert (a.request.id, b.request.id) == (1, 2)
    # alone the first would be there at 10:00: so is the ride
    assert (a.on_at, b.on_at) == (at("08:56"), at("09:00"))
    # the second wants to be home at 15:20, 58 minutes away
    assert (a.off_at, b.off_at) == (at("15:26"), at("15:22"))
    assert ride.stay_s == (at("14:22") - at("10:00")).total_seconds()
    assert (ride.loaded_m, ride.driving_s, ride.toll_fen) == (120_000, 7_200, 1_200)
    assert ride.passengers == 4
    assert sorted([a.on_turn, b.on_turn, a.off_turn, b.off_turn]) == [0, 1, 3, 4]


def test_those_who_are_dropped_off_get_off_together():
    (ride,) = found(
        asked(1, kind="drop_off", back="10:10"), asked(2, "B", kind="drop_off", back="10:10")
    )
    assert {p.off_at for p in ride.parties} == {ride.end}
    assert (ride.stay_s, ride.loaded_m) == (None, 60_000)
    assert ride.destination == NET.row(60.0, 0.0)


@pytest.mark.parametrize(
    "other",
    [
        asked(2, "B", "09:31"),
        asked(2, "B", back="15:31"),
        asked(2, "B", kind="drop_off", back="10:00"),
        asked(2, "B", shareable=False),
        asked(2, "B", emergency=True),
        asked(2, "B", purpose="CONFIDENTIAL"),
        replace(asked(2, "B"), destination=PLACES["C"]),
        asked(2, "B", depart="09:00", return_at=at("15:00") + timedelta(days=1)),
    ],
    ids=["leaves late", "back late", "one way", "not asked to", "emergency", "secret", "elsewhere",
         "over night"],
)  # fmt: skip
def test_who_does_not_go_together(other):
    assert found(asked(1), other) == []


def test_nobody_is_told_too_late():
    pair = asked(1), asked(2, "B")
    assert found(*pair, now=at("08:24"))  # the first gets on at 08:54
    assert found(*pair, now=at("08:25")) == []


def test_a_ride_is_one_task_that_no_secret_car_and_no_firm_serves():
    (ride,) = found(asked(1, vehicle_class="suv"), asked(2, "B"))
    task = ride_task(ride, at("00:00"))
    assert (task.id, task.passengers, task.loaded_m, task.rental) == (1, 4, 120_000, False)
    assert task.classes == ("suv", "mpv", "midibus", "coach", "special")
    assert (task.head_driving_s, task.tail_driving_s) == (3_600, 3_600)
    assert task.priority == 80


def test_a_ride_saves_a_whole_way_if_a_car_has_the_seats():
    (ride,) = found(asked(1), asked(2, "B"))
    assert saves(ride, [car(1)]) > 58 * 2 * 89
    assert saves(ride, [car(1, seats=4)]) < 0
    assert chosen([ride], [car(1, category="CONFIDENTIAL_COMMS")]) == ()


requests_ = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.integers(0, 60), st.integers(0, 60), st.integers(1, 4),
        st.booleans(),
    ),
    min_size=2,
    max_size=7,
)  # fmt: skip


def several(drawn):
    return [
        replace(
            asked(n, origin, passengers=people),
            depart_at=at("09:00") + out * MINUTE,
            return_at=at("15:00") + back * MINUTE,
            kind="drop_off" if one_way else "wait_and_return",
        )
        for n, (origin, out, back, people, one_way) in enumerate(drawn, 1)
    ]


@given(requests_)
def test_every_ride_keeps_what_was_promised(drawn):
    for ride in found(*several(drawn)):
        turns = [p.on_turn for p in ride.parties]
        assert turns == sorted(set(turns))
        for party in ride.parties:
            _keeps(ride, party)


def _keeps(ride: Ride, party: Party) -> None:
    one = party.request
    assert may_share(one)
    assert timedelta(0) <= one.depart_at - party.on_at <= WITHIN + MINUTE
    alone_s = LINE["D"] * 60 - LINE[one.origin.name] * 60
    most = timedelta(seconds=alone_s * 1.2 + CALL_S * len(ride.parties)) + MINUTE
    if one.kind == "drop_off":
        assert party.off_at - party.on_at <= most + timedelta(seconds=CALL_S)
        return
    assert party.off_at - one.return_at <= WITHIN
    arrives = ride.start + timedelta(seconds=ride.head_s + CALL_S * len(ride.parties))
    assert arrives <= one.depart_at + timedelta(seconds=alone_s)
    assert ride.driving_s + (ride.stay_s or 0) <= (ride.end - ride.start).total_seconds()


@given(requests_)
def test_the_chosen_rides_are_the_best_that_share_nobody(drawn):
    cars = [car(1), car(2, seats=8, vehicle_class="mpv")]
    offered = [ride for ride in found(*several(drawn)) if saves(ride, cars) > 0]
    best = chosen(offered, cars)
    riders = [p.request.id for ride in best for p in ride.parties]
    assert len(riders) == len(set(riders))
    assert sum(saves(ride, cars) for ride in best) == _most(offered, cars)


def _most(offered, cars):
    """By trying every set of rides, as far as there are few."""
    most = 0
    for n in range(1, 4):
        for some in combinations(offered[:14], n):
            riders = [p.request.id for ride in some for p in ride.parties]
            if len(riders) == len(set(riders)):
                most = max(most, sum(saves(ride, cars) for ride in some))
    return most if len(offered) <= 14 else sum(saves(r, cars) for r in chosen(offered, cars))


def test_who_goes_by_itself_pays_its_own_way():
    assert own_metres(asked(1)) == 120_000
    assert own_metres(asked(1, kind="drop_off")) == 60_000
    assert at("09:00").date() == MONDAY
