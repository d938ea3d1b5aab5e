"""Parameters of the rules: bounded, documented, laid over each other layer by layer."""

import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from telemetry.alarms import DEFAULTS, InvalidSetting, Rule
from telemetry.alarms.context import NO_FENCES, NO_OUTAGES
from telemetry.alarms.layout import ENABLED, OWN
from telemetry.alarms.thresholds import bounds, checked, laid_over
from telemetry.alarms.timeline import Held, Word, World, excused, judged
from telemetry.streams import END

PAGE = (Path(__file__).parents[2] / "docs" / "alarms.md").read_text(encoding="utf-8")
RULE = Rule.OVERSPEED


def word(pool=None, vehicle=None, lo=0, hi=END, enabled=None, **parameters):
    return Word(RULE, pool, vehicle, enabled, None, parameters, lo, hi)


def test_the_page_says_every_parameter_as_it_is():
    rows = re.findall(
        r"^\| (\d+) \| `(\w+)` \| (\d+) \| ([\d,]+) to ([\d,]+) \|$", PAGE, re.MULTILINE
    )
    said = {(int(r), name): tuple(int(x.replace(",", "")) for x in n) for r, name, *n in rows}
    assert said == {
        (int(rule), name): (value, *bounds(rule)[name])
        for rule, thresholds in DEFAULTS.items()
        for name, value in asdict(thresholds).items()
    }


def test_defaults_lie_within_their_bounds():
    for rule, thresholds in DEFAULTS.items():
        assert checked(rule, asdict(thresholds)) == asdict(thresholds)


@pytest.mark.parametrize(
    "said",
    [{"city_mph": 30}, {"city_kmh": 4}, {"city_kmh": 201}, {"city_kmh": 50.0}, {"city_kmh": True}],
)
def test_what_is_no_parameter_is_refused(said):
    with pytest.raises(InvalidSetting):
        checked(RULE, said)


def test_thresholds_that_contradict_each_other_are_refused():
    with pytest.raises(InvalidSetting):
        laid_over(RULE, DEFAULTS[RULE], {"over_pct": 25})
    both = laid_over(RULE, DEFAULTS[RULE], {"over_pct": 25, "red_over_pct": 30})
    assert (both.over_pct, both.red_over_pct, both.city_kmh) == (25, 30, 60)


def test_the_nearer_word_counts_key_by_key():
    words = [
        word(vehicle=3, own_kmh=90),
        word(enabled=False, own_kmh=110, city_kmh=50),
        word(pool=1, own_kmh=100, enabled=True),
    ]
    found = judged(words)[RULE]
    assert (found.enabled, found.thresholds.own_kmh, found.thresholds.city_kmh) == (True, 90, 50)


def test_a_parameter_of_another_release_is_passed_over():
    assert judged([word(own_kmh=90, moon_phase=3)])[RULE].thresholds.own_kmh == 90


def test_a_vehicle_is_judged_by_the_platform_it_was_in():
    words = [word(pool=1, own_kmh=100), word(pool=2, lo=50, own_kmh=80), word(hi=20, enabled=False)]
    world = World(words, [], {}, NO_OUTAGES, NO_FENCES)
    line = world.timeline(7, [Held(1, 10, 40), Held(2, 40, 90)])
    seen = [(t, int(c.parameters[ENABLED]), int(c.parameters[OWN])) for t, c in line]
    assert seen == [(0, 0, 0), (10, 0, 100), (20, 1, 100), (40, 1, 0), (50, 1, 80), (90, 1, 0)]


def test_a_car_without_a_terminal_is_excused():
    ours = np.array([[5, 8], [25, 60]], np.int64)
    assert excused(ours, []) is ours
    assert excused(ours, [(0, END)]) is ours
    assert excused(ours, [(0, 20), (30, 40)]).tolist() == [[5, 8], [20, END]]
    assert excused(ours, [(0, 12), (14, END)]).tolist() == [[5, 8], [12, 14], [25, 60]]
