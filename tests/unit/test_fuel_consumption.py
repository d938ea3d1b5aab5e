"""Consumption is what went in less the rise of the level, never nonsense."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.fuel.consumption import level, weigh
from telemetry.fuel.store import Reading
from tests.unit.test_fuel_slips import fill

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)


def minutes(m):
    return AT + timedelta(minutes=m)


def readings(*pairs):
    return [Reading(minutes(m), value) for m, value in pairs]


def at(m, *pairs, since=None, until=None):
    borders = None if until is None else (minutes(until[0]), minutes(until[1]))
    return level(readings(*pairs), minutes(m), None if since is None else minutes(since), borders)


def sure(value):
    return at(0, *((m, value) for m in range(-5, 6)))


def test_the_level_is_what_both_sides_say():
    assert at(0, (-2, 30_000), (-1, 30_200), (0, 29_800), (1, 30_000)).value == 30_000


def test_a_wild_reading_changes_little():
    assert at(0, *((m, 30_000) for m in range(-5, 5)), (6, 55_000)).value == 30_000


def test_over_a_silence_it_lies_on_the_line():
    found = at(0, (-60, 30_000), (120, 27_000))
    assert (found.value, found.between) == (29_000, True)


@pytest.mark.parametrize(("m", "value"), [(-1, 20_000), (2, 20_000), (5, 40_000), (9, 40_000)])
def test_no_level_reaches_beyond_an_event(m, value):
    """The event lasts from 0 to 5; it belongs to the moment it ended."""
    read = [(k, 20_000) for k in range(-9, 1)] + [(k, 40_000) for k in range(5, 15)]
    since, until = (5, None) if m >= 5 else (None, (0, 5))
    assert at(m, *read, since=since, until=until).value == value


def test_nothing_near_is_not_known():
    assert at(0) is None
    unknown = weigh(None, sure(30_000), [], "fuel", 1)
    assert (unknown.used, unknown.balance, unknown.why) == (None, None, "no-level-before")
    assert unknown.confidence == 0


def test_a_refuel_does_not_make_it_negative():
    """Start 5 l, 2 l burnt, 30 l bought, end 33 l: others say -28 l."""
    found = weigh(sure(5_000), sure(33_000), [fill(30_000)], "fuel", 1)
    assert (found.used, found.put_in, found.why) == (2_000, 30_000, "")


def test_a_day_that_ends_as_full_as_it_began_used_what_was_bought():
    found = weigh(sure(50_000), sure(49_000), [fill(99_000)], "fuel", 1)
    assert found.used == 100_000


def test_what_was_stolen_was_not_used_and_a_jump_is_no_fuel():
    events = [fill(10_000, kind="drop"), fill(-6_000, number=2, kind="jump")]
    found = weigh(sure(40_000), sure(20_000), events, "fuel", 1)
    assert (found.used, found.lost, found.jumps) == (4_000, 10_000, -6_000)


def test_a_level_that_rises_from_nothing_is_not_known():
    found = weigh(sure(20_000), sure(30_000), [], "fuel", 1)
    assert (found.used, found.why, found.confidence) == (None, "contradiction", 0)
    slosh = weigh(sure(20_000), sure(20_090), [], "fuel", 1)
    assert (slosh.used, slosh.balance) == (0, -90)


def test_electricity_is_counted_in_the_battery_s_watt_hours():
    session = fill(None, kind="charge", before_permille=200, after_permille=900)
    found = weigh(sure(500), sure(700), [session], "electricity", 50_000)
    assert (found.used, found.put_in) == (25_000, 35_000)
    assert weigh(sure(500), sure(700), [session], "electricity", 0).why == "no-battery-size"


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60), st.lists(st.integers(0, 500)))
def test_parts_add_up_to_the_whole(steps, cuts):
    """Whatever the readings and wherever the cuts."""
    value, said, events = 30_000, [], []
    for m, step in enumerate(steps):
        value += step * 100
        said.append((m * 5, value))
        if step > 15:
            value += 20_000
            events.append(fill(20_000, at=m * 5 + 1, number=m + 1))
    ended = [(int((e.last_at - AT).total_seconds() // 60), e) for e in events]

    def found(m):
        since = max((t for t, _ in ended if t <= m), default=None)
        later = [(t - 5, t) for t, _ in ended if t > m]
        return at(m, *said, since=since, until=min(later, default=None))

    def used(lo, hi):
        inside = [e for t, e in ended if lo < t <= hi]
        return weigh(found(lo), found(hi), inside, "fuel", 1).balance

    marks = sorted({0, len(steps) * 5, *cuts})
    parts = [used(lo, hi) for lo, hi in pairwise(marks)]
    if all(p is not None for p in parts):
        assert sum(parts) == used(marks[0], marks[-1])
