"""Offline and unplugged: how long is too long, what excuses it, and what the status says."""

import numpy as np

from telemetry.alarms import Rule, Severity, context
from telemetry.streams import Signal
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import PLAIN, Car, Said, at, fold, judged, piece, seconds, spans
from tests.tracks import S

H, MIN = 3_600, 60
CUT = int(ReportedFlag.POWER_CUT)


def offline(points, **kwargs):
    """As of ten minutes after the last message: the silence after it is none yet."""
    as_of = points[-1].t + 600 * S
    return spans(judged(points, rule=Rule.OFFLINE, as_of=as_of, **kwargs))


def unplugged(points, **kwargs):
    return judged(points, rule=Rule.UNPLUGGED, **kwargs)


def silent(seconds_, ignition=1, before=300):
    car = Car(ignition=ignition).go(before, 50 if ignition else 0)
    return car.quiet(seconds_).report().go(20 * MIN, 50 if ignition else 0)


def outages(*spells):
    return context(outages=np.array([[at(a), at(b)] for a, b in spells], np.int64))


def test_more_than_ten_minutes_with_the_ignition_on():
    assert offline(silent(600).points) == []
    assert offline(silent(601).points) == [(Rule.OFFLINE, 300.0, 901.0)]


def test_more_than_a_day_when_parked():
    assert offline(silent(24 * H, ignition=0).points) == []
    assert len(offline(silent(24 * H + 1, ignition=0).points)) == 1


def test_without_a_word_about_the_ignition_it_counts_whether_it_moved():
    moved = [p.but(ignition=-1) for p in silent(700).points]
    stood = [p.but(ignition=-1) for p in silent(700, ignition=0).points]
    assert (len(offline(moved)), len(offline(stood))) == (1, 0)


def test_silence_is_seen_while_it_lasts():
    state, _ = fold(piece(Car().go(300, 50).points))
    nothing, wake = PLAIN.under_way(state, at(900), 0, context())
    assert (nothing, wake) == ([], at(900) + 1)
    (fact,), wake = PLAIN.under_way(state, at(900) + 1, 0, context())
    assert (seconds(fact.started), fact.raised, fact.ended) == (300.0, at(900), None)
    assert (fact.severity, wake) == (Severity.YELLOW, at(300 + 72 * H) + 1)
    (red,), _ = PLAIN.under_way(state, wake, 0, context())
    assert (red.severity, red.red) == (Severity.RED, at(300 + 72 * H))


def test_what_silence_said_is_what_the_next_message_settles():
    car = Car().go(300, 50)
    state, _ = fold(piece(car.points))
    (before,), _ = PLAIN.under_way(state, at(3 * H), 0, context())
    back = car.quiet(4 * H).report().go(1200, 50).points
    (after,) = judged(back, rule=Rule.OFFLINE, as_of=back[-1].t)
    assert (before.started, before.raised) == (after.started, after.raised)
    assert (after.ended, after.peak) == (at(300 + 4 * H), 4 * H)


def test_a_signal_is_heard_and_the_will_is_not():
    car = silent(900)
    assert offline(car.points, said=[Said(at(700), Signal.LEVEL)]) == []
    assert len(offline(car.points, said=[Said(at(700), Signal.OFFLINE)])) == 1


def test_our_own_outage_is_no_silence_of_the_car():
    car = silent(900)  # from 300 to 1200
    assert offline(car.points, ctx=outages((500, 1000))) == []
    assert len(offline(car.points, ctx=outages((310, 320)))) == 1
    split = outages((850, 860))  # 550 s before, 340 s after
    assert offline(car.points, ctx=split) == []
    late = outages((950, 960))
    assert offline(car.points, ctx=late) == [(Rule.OFFLINE, 300.0, 1200.0)]


def test_after_an_outage_silence_counts_from_its_end():
    state, _ = fold(piece(Car().go(300, 50).points))
    assert PLAIN.under_way(state, at(1500), at(1000), context())[0] == []
    (fact,), _ = PLAIN.under_way(state, at(1601), at(1000), context())
    assert (seconds(fact.started), seconds(fact.raised)) == (1000.0, 1600.0)
    known = outages((400, 1000))
    assert PLAIN.under_way(state, at(1601), at(1000), known)[0] == [fact]


def test_two_silences_with_a_minute_between_are_one_fact():
    car = Car().go(300, 50).quiet(700).report().go(60, 50).quiet(700).report().go(1200, 50)
    assert offline(car.points) == [(Rule.OFFLINE, 300.0, 1760.0)]


def test_unplugged_by_the_bit_needs_two_fixes_and_a_minute():
    once = Car().go(60, 50).go(10, 50, reported_flags=CUT).go(900, 50)
    short = Car(20).go(60, 50).go(60, 50, reported_flags=CUT).go(900, 50)
    enough = Car().go(60, 50).go(70, 50, reported_flags=CUT).go(900, 50)
    assert (unplugged(once.points), unplugged(short.points)) == ([], [])
    (fact,) = unplugged(enough.points)
    assert spans([fact]) == [(Rule.UNPLUGGED, 70.0, 130.0)]
    assert (fact.cause, fact.severity, seconds(fact.raised)) == (1, Severity.YELLOW, 130.0)


def test_each_of_its_bits_counts():
    for bit in (ReportedFlag.CIRCUIT_CUT, ReportedFlag.BACKUP_BATTERY):
        lit = Car().go(60, 50).go(70, 50, reported_flags=int(bit)).go(900, 50)
        assert len(unplugged(lit.points)) == 1
    voltage = int(ReportedFlag.LOW_VOLTAGE)
    assert unplugged(Car().go(300, 50, reported_flags=voltage).points) == []


def test_unplugged_and_then_silent_is_red():
    car = Car().go(60, 50).go(120, 50, reported_flags=CUT)
    state, _ = fold(piece(car.points))
    facts, _ = PLAIN.under_way(state, at(180 + 601), 0, context())
    assert [(f.key, f.severity) for f in facts] == [
        (Rule.OFFLINE, Severity.YELLOW),
        (Rule.UNPLUGGED, Severity.RED),
    ]
    came_back = car.quiet(H).report().go(1200, 50)
    (fact,) = unplugged(came_back.points)
    assert (fact.red, fact.ended) == (at(780), at(180))


def test_a_status_power_cut_holds_until_online():
    car = Car(ignition=0).stand(1800, 300, 0)
    brief = [Said(at(100), Signal.POWER_CUT), Said(at(159), Signal.ONLINE)]
    long = [Said(at(100), Signal.POWER_CUT), Said(at(160), Signal.ONLINE)]
    assert unplugged(car.points, said=brief) == []
    (fact,) = unplugged(car.points, said=long)
    assert (spans([fact]), fact.cause) == ([(Rule.UNPLUGGED, 100.0, 160.0)], 2)


def test_after_a_power_cut_silence_is_enough():
    whole = piece(Car().go(60, 50).points, [Said(at(90), Signal.POWER_CUT)])
    state, _ = fold(whole)
    nothing, wake = PLAIN.under_way(state, at(149), 0, context())
    assert (nothing, wake) == ([], at(150))
    (fact,), _ = PLAIN.under_way(state, at(150), 0, context())
    assert (seconds(fact.started), seconds(fact.raised), fact.ended) == (90.0, 150.0, None)
    facts, _ = PLAIN.under_way(state, at(90 + 601), 0, context())
    assert {f.key: f.severity for f in facts}[Rule.UNPLUGGED] is Severity.RED


def test_a_power_cut_is_not_over_because_nothing_is_said():
    whole = piece(Car().go(60, 50).points, [Said(at(90), Signal.POWER_CUT)])
    state, _ = fold(whole)
    facts, _ = PLAIN.under_way(state, at(90 + 80 * H), 0, context())
    assert [f.ended for f in facts] == [None, None]


def test_another_terminal_ends_what_the_last_one_said_of_itself():
    old = Car().go(60, 50).go(30, 50, reported_flags=CUT)
    new = [p.but(device=2) for p in Car(lat=old.points[-1].lat).go(900, 50).points]
    swapped = [*old.points, *(p.but(t=p.t + 100 * S) for p in new)]
    assert unplugged(swapped) == []
    assert unplugged(swapped, said=[Said(at(80), Signal.POWER_CUT)]) == []
