"""The measuring scenario: episodes do what they say, faults do what their names say."""

import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from dispatch.kernel.calendar import local
from dispatch.kernel.place import distance, steps
from simulators.measure import FULL, REDUCED
from simulators.measure.faulty import spoil
from simulators.measure.ground import geojson, proving_ground
from simulators.measure.mail import Mail
from simulators.measure.oracle import cases
from simulators.measure.physics import physics
from simulators.measure.population import SETS, episodes, scripts
from simulators.measure.script import Player, Script
from simulators.measure.story import story
from simulators.measure.terminal import reports
from telemetry.wire import Channel, ReportedFlag, Topic, decode, parse_topic
from tests.suite import FULL as SOAK

START = int(local(date(2026, 3, 2)).timestamp())
GROUND = proving_ground()
RULES = {
    "A9", "A10", "A11", "A12", "A13", "A14", "A24", "A21", "refuel", "drop", "charge", "datum",
}  # fmt: skip


def script(road="road-1", **car):
    return Script(Player("M00001", GROUND.roads[road], **car), START, random.Random(1))


def told(made, seed=1):
    """Reports of a script, with its faults."""
    true, noise = physics(made), np.random.Generator(np.random.PCG64(seed))
    return true, spoil(reports(made, true, noise), made, noise)


def test_every_episode_is_what_it_says():
    """What a script says of itself is what the definitions say of its physics."""
    size = FULL if SOAK else replace(REDUCED, near=7)
    count = 0
    for played in scripts(1, GROUND, START, size):
        one = story(played, GROUND, 1)
        assert not played.player.tank_ml or one.true.fuel_ml.min() > 0, "it ran dry"
        assert not played.player.battery_wh or one.true.wh.min() > 0, "it ran dry"
        for note in played.notes:
            over = [
                c for c in one.cases
                if c.rule == note.rule and c.start <= note.end and c.end >= note.start
            ]  # fmt: skip
            assert bool(over) == note.true, (played.player.code, note, over)
            count += 1
    assert count >= 11 * (size.true + size.near) * 0.7


def test_the_full_scenario_has_enough_of_everything():
    chosen = episodes(FULL)
    assert {e.rule for e in chosen} == RULES
    assert {id(e.play) for e in chosen} >= {id(e.play) for group in SETS for e in group}
    for rule in RULES:
        assert sum(e.rule == rule and e.true for e in chosen) >= 50


def test_the_same_seed_is_the_same_scenario():
    first, again = (
        [Mail(story(s, GROUND, 7)) for s in scripts(7, GROUND, START, REDUCED)] for _ in range(2)
    )
    for a, b in zip(first, again, strict=True):
        assert list(a.until(START + 40_000)) == list(b.until(START + 40_000))


def test_all_that_is_sent_is_a_word_of_the_wire_and_nothing_is_lost():
    for played in scripts(3, GROUND, START, REDUCED):
        one = story(played, GROUND, 3)
        mail, counted, before = Mail(one), 0, START
        for now in range(START, int(one.made.sent_at.max()) + 3_600, 3_600):
            for parcel in mail.until(now):
                topic = parse_topic(parcel.topic)
                assert topic == Topic(parcel.sender, topic.channel)
                messages = decode(topic.channel, parcel.payload)
                if topic.channel is Channel.FIX:
                    counted += len(messages)
                    assert all(m.ts.timestamp() <= now for m in messages)
                assert before <= parcel.at or parcel.count == 0
            before = now
        assert counted == len(one.made.ts)


def test_the_street_beside_the_expressway_is_nearer_than_a_receiver_knows():
    street, expressway = GROUND.roads["street-beside"], GROUND.roads["expressway-2"]
    for share in (0.1, 0.4, 0.9):
        a, b = (r.where(np.array([r.length_m * share])) for r in (street, expressway))
        assert 10 < distance(a[0][0], a[1][0], b[0][0], b[1][0]) < 30


def test_the_ground_is_a_map_that_others_can_read():
    features = geojson(GROUND)["features"]
    assert {f["properties"]["class"] for f in features} == {"city", "road", "expressway"}
    assert all(
        f["geometry"]["coordinates"][0] == f["geometry"]["coordinates"][-1] for f in features
    )


def test_positions_odometer_and_speed_tell_the_same_story():
    made = script()
    made.park(600)
    made.go(1_800, 66.0)
    made.park(600)
    true, seen = told(made)
    along = steps(np.column_stack([seen.lon, seen.lat]))
    assert true.gone_m[-1] == pytest.approx(33_000, rel=0.02)
    assert seen.odometer_m[-1] - seen.odometer_m[0] == pytest.approx(true.gone_m[-1], abs=2)
    moving = seen.kmh[:-1] > 0
    assert along[moving].sum() == pytest.approx(true.gone_m[-1], rel=0.02)


def test_fuel_that_goes_in_and_out_is_what_the_level_shows():
    made = script(parked_every_s=60)
    made.flow("fill", 240, 12_000)
    made.park(600)
    made.flow("siphon", 240, -9_000)
    made.park(600)
    true, seen = told(made)
    assert true.fuel_ml[-1] - true.fuel_ml[0] == pytest.approx(3_000)
    assert seen.fuel_ml[-1] - seen.fuel_ml[0] == pytest.approx(3_000, abs=1_000)
    assert [c.rule for c in cases(made, true, seen.ts)] == ["refuel", "drop"]


@pytest.mark.parametrize(
    ("kind", "amount", "seen_in"),
    [
        ("frozen", 0, lambda s, on: len(set(s.lon[on])) == 1),
        ("power-cut", 0, lambda s, on: (s.flags[on] == ReportedFlag.POWER_CUT).all()),
        ("antenna", 0, lambda s, on: (s.flags[on] == ReportedFlag.ANTENNA_OPEN).all()),
        ("away", 9_000, lambda s, on: s.jumped[on].all()),
        ("spike", 2_000, lambda s, on: s.jumped[on].sum() == 1),
        ("fast", 50, lambda s, on: s.kmh[on].max() > 100),
        ("late", 0, lambda s, on: (s.sent_at[on] >= START + 900).all()),
        ("empty-sensor", 0, lambda s, on: (s.fuel_ml[on] == 0).all()),
        ("full-sensor", 54_000, lambda s, on: (s.fuel_ml[on] == 54_000).all()),
        ("no-sensor", 0, lambda s, on: np.isnan(s.fuel_ml[on]).all()),
        ("dead", 0, lambda s, on: not on.any()),
        ("no-fix", 0, lambda s, on: not on.any()),
        ("coarse", 60, lambda s, on: (s.accuracy_m[on] == 60).all()),
    ],
)
def test_a_fault_changes_what_is_measured_while_it_lasts_and_nothing_else(kind, amount, seen_in):
    plain = script()
    plain.go(1_800, 60.0)
    _, before = told(plain)
    faulty = script()
    faulty.go(1_800, 60.0)
    faulty.fault(kind, START + 600, START + 900, amount)
    _, after = told(faulty)
    during = (after.ts >= START + 600) & (after.ts < START + 900)
    assert seen_in(after, during)
    apart = (before.ts < START + 600) | (before.ts >= START + 900)
    np.testing.assert_array_equal(after.lon[~during], before.lon[apart])
    np.testing.assert_array_equal(after.fuel_ml[~during], before.fuel_ml[apart])
    np.testing.assert_array_equal(after.sent_at[~during], before.sent_at[apart])
