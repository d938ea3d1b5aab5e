"""Terminals of the city: each fault changes what it acts on, at its dose, and nothing else."""

import random
from dataclasses import fields, replace
from itertools import pairwise

import pytest

from dispatch.kernel.place import distance
from simulators.doses import CALM, Doses, UnknownScenario, load
from simulators.motion import Sight
from simulators.terminal import YEAR_2000, Terminal, believable
from telemetry.wire import ReportedFlag

START = 1_772_380_800
DAY = [
    Sight(START + t, 118.7 + t * 1e-6, 30.9, 60.0 if t % 1_200 < 900 else 0.0, 90, True,
          1_000_000 + t, 40_000, None)
    for t in range(0, 86_400, 30)
]  # fmt: skip
ALWAYS = dict.fromkeys(("tunnels", "freezes", "zeros", "drifts", "power_cuts"), 1.0)


def terminal(seed=1, **doses):
    return Terminal(random.Random(seed), START, 1, replace(CALM, **doses), 50_000)


def changed(one):
    """What it reports otherwise, by the time of the report; None: not at all."""
    seen = {s.ts: s for s in one.measured(list(DAY))}
    return {s.ts: seen.get(s.ts) for s in DAY if seen.get(s.ts) != s}


def test_where_nothing_goes_wrong_all_is_as_it_was():
    assert terminal().measured(list(DAY)) == DAY
    assert list(terminal().statuses(START + 86_400)) == []


@pytest.mark.parametrize(
    ("rate", "seen"),
    [
        ("tunnels", lambda was, is_: is_ is None and was.speed_kmh > 0),
        ("dead_nights", lambda was, is_: is_ is None and was.speed_kmh == 0),
        ("freezes", lambda was, is_: is_.lon != was.lon and is_.odometer_m == was.odometer_m),
        ("zeros", lambda was, is_: (is_.lon, is_.lat) == (0, 0)),
        ("drifts", lambda was, is_: 0 < distance(was.lon, was.lat, is_.lon, is_.lat) < 150),
        ("power_cuts", lambda was, is_: is_.flags == ReportedFlag.POWER_CUT),
        ("dropouts", lambda was, is_: is_.fuel_ml in (0, None)),
    ],
)
def test_a_mishap_lasts_as_long_as_the_truth_says(rate, seen):
    hit = 0
    for seed in range(12):
        one = terminal(seed, **{rate: 1.0})
        (mishap,) = one.mishaps
        found = changed(one)
        hit += len(found)
        was = {s.ts: s for s in DAY}
        for ts, is_ in found.items():
            assert mishap.start <= ts < mishap.end
            assert seen(was[ts], is_)
    assert hit >= 3


def test_a_lost_clock_lives_in_the_year_2000():
    one = terminal(lost_clocks=1.0)
    (mishap,) = one.mishaps
    strange = [s for s in one.measured(list(DAY)) if not believable(s.ts, START, START + 86_400)]
    assert len(strange) >= 2
    assert all(0 <= s.ts - YEAR_2000 < mishap.end - mishap.start for s in strange)


def test_an_odometer_that_was_reset_goes_on_from_there():
    seen = terminal(odometer_resets=1.0).measured(list(DAY))
    falls = [(a, b) for a, b in pairwise(seen) if b.odometer_m < a.odometer_m]
    assert len(falls) <= 1
    assert seen[-1].odometer_m < 100_000


def test_a_broken_odometer_stands_still():
    seen = terminal(broken_odometers=1.0).measured(list(DAY))
    assert {s.odometer_m for s in seen} == {DAY[0].odometer_m}


def test_another_datum_is_half_a_kilometre_off():
    seen = terminal(gcj02=1.0).measured(list(DAY))
    off = [distance(a.lon, a.lat, b.lon, b.lat) for a, b in zip(DAY, seen, strict=True)]
    assert 400 < min(off) <= max(off) < 700


def test_a_skewed_clock_is_off_by_the_same_all_day():
    seen = [terminal(seed, skewed=1.0).measured(list(DAY)) for seed in range(20)]
    skews = [{b.ts - a.ts for a, b in zip(DAY, one, strict=True)} for one in seen]
    assert all(len(skew) == 1 for skew in skews)
    assert -30 <= min(min(s) for s in skews) < -5
    assert 5 < max(max(s) for s in skews) <= 20


def test_jumps_come_at_their_rate():
    one = terminal(jumps=0.02)
    moving = [s for s in DAY if s.speed_kmh > 20]
    seen = {s.ts: s for s in one.measured(moving)}
    far = [s for s in moving if distance(s.lon, s.lat, seen[s.ts].lon, seen[s.ts].lat) > 5_000]
    assert 0.01 < len(far) / len(moving) < 0.03


def test_a_sloshing_tank_is_right_on_average_and_at_rest():
    seen = terminal(slosh=0.02).measured(list(DAY))
    off = [b.fuel_ml - a.fuel_ml for a, b in zip(DAY, seen, strict=True) if a.speed_kmh > 0]
    assert abs(sum(off) / len(off)) < 200
    assert max(map(abs, off)) > 1_000
    assert all(b.fuel_ml == a.fuel_ml for a, b in zip(DAY, seen, strict=True) if a.speed_kmh == 0)


def test_a_cut_is_told_once_when_it_is_over():
    one = terminal(power_cuts=1.0)
    (cut,) = one.mishaps
    assert list(one.statuses(cut.end - 1)) == []
    assert [s.state for s in one.statuses(cut.end)] == ["power-cut", "online"]
    assert list(one.statuses(cut.end + 60)) == []


def test_the_steps_in_which_reports_are_taken_change_nothing_that_lasts():
    whole = terminal(3, **ALWAYS, odometer_resets=1.0).measured(list(DAY))
    stepped = terminal(3, **ALWAYS, odometer_resets=1.0)
    parts = [s for n in range(0, len(DAY), 17) for s in stepped.measured(DAY[n : n + 17])]
    assert [s.ts for s in parts] == [s.ts for s in whole]
    assert [s.odometer_m for s in parts] == [s.odometer_m for s in whole]
    assert [s.flags for s in parts] == [s.flags for s in whole]


@pytest.mark.parametrize("name", ["calm", "ordinary", "rough"])
def test_scenarios_are_rates(name):
    doses = load(name)
    assert all(0 <= getattr(doses, f.name) <= 1 for f in fields(Doses))
    assert (doses == CALM) == (name == "calm")


def test_a_rough_city_is_rougher_in_everything():
    ordinary, rough = load("ordinary"), load("rough")
    assert all(getattr(rough, f.name) > getattr(ordinary, f.name) for f in fields(Doses))


def test_an_unknown_scenario_names_those_there_are():
    with pytest.raises(UnknownScenario, match="calm, ordinary, rough"):
        load("bad")
