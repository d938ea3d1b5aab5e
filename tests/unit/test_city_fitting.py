"""Terminals that are moved, clocks that go wrong and phones that die, each by itself."""

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kernel.calendar import local
from simulators import city
from simulators.clocks import LEAST_S, MOST_S, Clock
from simulators.doses import CALM, load
from simulators.fitting import Fitted, swaps
from simulators.handset import Handsets
from simulators.motion import Sight
from simulators.terminal import Terminal, believable
from simulators.trip import Order, Tap

DAY = date(2026, 3, 2)
START = int(local(DAY).timestamp())
OFTEN = replace(CALM, swapped_terminals=0.5)
DAYS = 3


@pytest.fixture(scope="module")
def small():
    return city.build(1, DAY, 24)


def sight(at):
    return Sight(at, 118.7, 30.9, 0.0, 0, False, 1_000, None, None)


def test_where_nothing_is_moved_every_car_has_its_own_terminal(small):
    fitted = Fitted(small.cars, swaps(small, START, DAYS, CALM))
    assert all(fitted.device(car.code, START + n) == car.device for n in (0, 86_400, 10**7)
               for car in small.cars)  # fmt: skip
    assert list(fitted.mishaps()) == []


def test_two_cars_of_one_platform_exchange_their_terminals_and_it_is_told_hours_later(small):
    moves = swaps(small, START, DAYS, OFTEN)
    assert len(moves) >= 3
    fitted = Fitted(small.cars, moves)
    for move in moves:
        assert move.first.pool == move.second.pool
        assert 5 * 3_600 <= move.told_at - move.at < 13 * 3_600
        assert fitted.device(move.first.code, move.at - 1) == move.first.device
        assert fitted.device(move.first.code, move.at) == move.second.device
        assert fitted.device(move.second.code, move.at) == move.first.device
        assert set(move.bindings) == {
            (move.second.device, move.first.code), (move.first.device, move.second.code),
        }  # fmt: skip


def test_at_every_moment_each_terminal_is_in_one_car(small):
    fitted = Fitted(small.cars, swaps(small, START, DAYS, OFTEN))
    for at in range(START, START + DAYS * 86_400, 7_200):
        assert len({fitted.device(car.code, at) for car in small.cars}) == len(small.cars)


def test_reports_are_parted_where_the_terminal_was_changed_and_none_is_lost(small):
    move = swaps(small, START, DAYS, OFTEN)[0]
    fitted = Fitted(small.cars, [move])
    seen = [sight(move.at + n) for n in range(-600, 600, 60)]
    parts = list(fitted.by_device(move.first.code, seen))
    assert [device for device, _ in parts] == [move.first.device, move.second.device]
    assert [s for _, part in parts for s in part] == seen
    assert all(s.ts < move.at for s in parts[0][1])


def test_no_reports_still_ask_the_link_of_the_terminal_once(small):
    fitted = Fitted(small.cars, [])
    assert list(fitted.by_device(small.cars[0].code, [])) == [(small.cars[0].device, [])]


@given(st.integers(0, 2**32), st.integers(0, 30 * 86_400))
def test_a_drifting_clock_goes_off_evenly_and_not_for_ever(seed, later):
    doses = replace(CALM, drifting_clocks=1.0)
    clock = Clock.drawn(random.Random(seed), START, doses)
    assert clock.off_s(START) == 0
    assert LEAST_S <= clock.off_s(START + later) <= MOST_S
    assert 10 <= abs(clock.off_s(START + 86_400)) <= 90
    assert abs(clock.off_s(START + later)) <= abs(clock.off_s(START + later + 3_600))


def test_a_clock_that_leaps_is_hours_behind_or_beyond_all_belief():
    back = ahead = 0
    for seed in range(20):
        one = Terminal(random.Random(seed), START, 1, replace(CALM, clock_leaps=1.0))
        (leap,) = one.mishaps
        true = [sight(leap.start + n) for n in range(-60, 120, 10)]
        said = one.measured(list(true))
        off = {b.ts - a.ts for a, b in zip(true, said, strict=True)}
        assert off == {0, leap.amount}
        back += -5_400 <= leap.amount <= -600
        ahead += leap.amount >= 6 * 3_600
        arrives = leap.end + 7_200
        assert believable(said[-1].ts, START, arrives) == (leap.amount < 0)
    assert back + ahead == 20
    assert min(back, ahead) >= 4


def tap(kind, at, driver="DRV001"):
    order = Order(1, "N1", "V-1", driver, "drop_off", "a", "b", START, START + 7_200)
    return Tap(at, order, kind)


def test_a_phone_that_dies_is_dead_for_hours_and_only_its_driver_notices(small):
    handsets = Handsets(small, replace(CALM, dead_phones=1.0))
    death = handsets.set_off(tap("depart", START))
    assert START + 240 <= death.start < START + 3_600
    assert 3_600 <= death.end - death.start < 6 * 3_600
    assert handsets.dead(tap("arrive", death.start)) == death
    assert handsets.dead(tap("arrive", death.start - 1)) is None
    assert handsets.dead(tap("return", death.end)) is None
    assert handsets.dead(tap("arrive", death.start, driver="DRV002")) is None


def test_no_phone_dies_in_a_calm_city(small):
    assert Handsets(small).set_off(tap("depart", START)) is None


def test_some_phones_never_come_back(small):
    handsets = Handsets(small, replace(CALM, dead_phones=1.0))
    lost = [
        handsets.set_off(replace(one, order=replace(one.order, depart_at=START + n))).lost
        for n in range(100)
        for one in [tap("depart", START)]
    ]
    assert 15 <= sum(lost) <= 45


def test_an_ordinary_city_has_all_of_them():
    doses = load("ordinary")
    assert min(doses.swapped_terminals, doses.dead_phones, doses.clock_leaps) > 0
