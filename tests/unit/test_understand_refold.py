"""Late data: what a fold resumed at a checkpoint says is what a fold of everything says."""

import json

from hypothesis import given
from hypothesis import strategies as st

from telemetry import geofences
from telemetry.geofences import Fence, Fences, Visit, outline
from telemetry.streams import END, NO_SIGNALS, Difference, Fixes, Span, Stored, difference
from telemetry.understand.refold import Known, Start, by_day, refold
from telemetry.understand.state import Contexts, Heard, decode, empty, encode
from telemetry.understand.streams import ALL, Streams
from tests.tracks import LAT, LON, T0, S, drive, fixes, later

DEPOT = outline({"type": "Point", "coordinates": [LON / 1e7, LAT / 1e7]}, 100)
FENCES = Fences([Fence(7, 0, END, DEPOT)])
STREAMS = Streams(others=(geofences.STREAM,))
CONTEXTS = Contexts.of((((0, None),), ((0, FENCES),)))
HOUR = 3600
DAY = 24 * HOUR


def source_of(points, page=500):
    track = fixes(sorted(points, key=lambda p: p.t))

    async def source(lo, hi):
        since, upto = track.t.searchsorted([lo, hi])
        if upto - since <= page:
            return Heard(track.part(since, upto), NO_SIGNALS), hi
        more = int(track.t[since + page - 1]) + 1
        return Heard(track.part(since, since + page), NO_SIGNALS), more

    return source


async def run(points, start=None, upto=0, known=(), page=500):
    found = source_of(points, page)
    start = start or Start(0, empty(STREAMS))
    return await refold(start, upto, known, found, CONTEXTS, STREAMS)


def working_days(n):
    day = drive((HOUR, 0), (2 * HOUR, 50), (HOUR, 0), (HOUR, 70), (4 * HOUR, 0), every_s=30)
    return [p for i in range(n) for p in later(day, i * DAY)]


def known_of(done):
    found = [*done.checkpoints, *heads(done)]
    return sorted((Known(c.at, c.kind, c.digest) for c in found), key=lambda k: k.at)


async def test_checkpoints_are_the_settled_stops_the_midnights_and_the_head():
    done = await run(working_days(3))
    kinds = [c.kind for c in done.checkpoints]
    assert kinds == ["stop", "stop", "midnight"] * 2 + ["stop", "stop"]
    assert done.head.at == done.state.seen + 1
    assert len(done.ended[0]) == 6
    midnight = next(c for c in done.checkpoints if c.kind == "midnight")
    assert midnight.at == T0 + DAY * S + 1  # just after the first that was heard of the next day


async def test_pages_change_nothing():
    track = working_days(2)
    whole = await run(track, page=100_000)
    assert await run(track, page=7) == whole


async def test_a_gap_filled_late_reads_from_the_stop_before_to_the_stop_after():
    days = working_days(4)
    gap = [p for p in days if DAY + HOUR + 1800 < (p.t - T0) / S < DAY + 2 * HOUR + 1800]
    first = await run([p for p in days if p not in gap])
    lo, hi = gap[0].t, gap[-1].t
    start = max((c for c in first.checkpoints if c.at <= lo), key=lambda c: c.at)
    known = [k for k in known_of(first) if k.at > start.at]
    again = await run(days, Start(start.at, decode(json.loads(start.state), STREAMS)), hi, known)
    assert again.met
    assert again.read < len(days) / 4
    whole = await run(days)
    inside = [j for j in whole.ended[0] if start.at <= j.started < again.end]
    assert list(again.ended[0]) == inside
    assert len(inside) == 1


def heads(done):
    return [done.head] if done.head else []


points = st.lists(
    st.tuples(
        st.integers(0, 2 * DAY), st.sampled_from([0, 30, 3_000]), st.sampled_from([0, 0, 400])
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda p: p[0],
)


@given(points, st.data())
async def test_late_fixes_lead_to_the_same_state(points, data):
    from tests.tracks import MM_PER_E7

    everything = [
        p.but(speed=speed)
        for s, metres, speed in sorted(points)
        for p in drive(at=T0 + s * S, lat=LAT + round(metres * 1000 / MM_PER_E7))
    ]
    late = data.draw(st.sets(st.integers(0, len(everything) - 1), min_size=1))
    early = [p for i, p in enumerate(everything) if i not in late]
    marks = [everything[i].t for i in late]
    first = await run(early)
    found = [c for c in [*first.checkpoints, *heads(first)] if c.at <= min(marks)]
    best = max(found, key=lambda c: c.at, default=None)
    start = (
        Start(best.at, decode(json.loads(best.state), STREAMS))
        if best
        else Start(0, empty(STREAMS))
    )
    known = [k for k in known_of(first) if k.at > start.at]
    again = await run(everything, start, max(marks), known)
    whole = await run(everything)
    if again.met:
        assert first.state == whole.state
    else:
        assert again.state == whole.state
    merged = {(c.at, c.kind): c.digest for c in first.checkpoints if c.at <= start.at}
    merged |= {(c.at, c.kind): c.digest for c in again.checkpoints if c.at > start.at}
    kept = [k for k in known if k.at > again.end]
    merged |= {(k.at, k.kind): k.digest for k in kept if k.kind != "head"}
    if not again.met:
        assert again.head == whole.head
    assert merged == {(c.at, c.kind): c.digest for c in whole.checkpoints}


def test_days_are_cut_at_local_midnight():
    track = fixes(later(drive((3 * DAY, 0), every_s=HOUR), 0))
    pieces = list(by_day(Heard(track, NO_SIGNALS), 0))
    first = [p.fixes.t.tolist() for is_first, p in pieces if is_first]
    assert first == [[T0 + (16 * HOUR + i * DAY) * S] for i in range(3)]
    assert Fixes.join([p.fixes for _, p in pieces]).t.tolist() == track.t.tolist()


def test_an_empty_state_survives_its_encoding():
    text = encode(empty(ALL), ALL)
    assert encode(decode(json.loads(text), ALL), ALL) == text


def stored(*spans):
    return [Stored(i, 7, lo, hi, b"old", is_open=False) for i, lo, hi in spans]


def new(*spans):
    return [Span(b"new", Visit(7, lo, hi)) for lo, hi in spans]


def outcome(diff: Difference):
    return (
        sorted((s.id, n.lo) for s, n in diff.change),
        sorted(n.lo for n in diff.insert),
        sorted(s.id for s in diff.delete),
    )


def test_ids_follow_the_overlap():
    assert outcome(difference(stored((1, 0, 9)), new((0, 9)))) == ([(1, 0)], [], [])
    merged = difference(stored((2, 0, 4), (1, 5, 6)), new((0, 9)))
    assert outcome(merged) == ([(1, 0)], [], [2])
    split = difference(stored((1, 0, 9)), new((0, 2), (4, 9)))
    assert outcome(split) == ([(1, 4)], [0], [])
    moved = difference(stored((1, 0, 3)), new((5, 9)))
    assert outcome(moved) == ([], [5], [1])
    assert outcome(difference(stored((1, 0, 3)), [])) == ([], [], [1])


def test_an_open_fact_ends_as_itself_however_long_the_next_one_stays_open():
    one = Stored(1, 7, 1_000, END, b"old", is_open=True)
    ended = difference([one], new((1_000, 5_000), (9_000, None)))
    assert outcome(ended) == ([(1, 1_000)], [9_000], [])
    begun_earlier = difference([one], new((900, 5_000), (9_000, None)))
    assert outcome(begun_earlier)[0] == [(1, 9_000)]


def test_facts_of_another_key_are_not_taken_over():
    assert outcome(difference(stored((1, 0, 9)), [Span(b"new", Visit(8, 0, 9))])) == ([], [0], [1])


def test_what_is_the_same_is_not_written():
    one = Stored(1, 7, 0, 9, b"v", is_open=False)
    assert outcome(difference([one], [Span(b"v", Visit(7, 0, 9))])) == ([], [], [])


spans = st.lists(st.integers(0, 100), unique=True, max_size=12).map(
    lambda edges: list(zip(*[iter(sorted(edges))] * 2, strict=False))
)


@given(spans, spans)
def test_every_new_fact_has_one_place_and_every_old_id_one_fate(old, fresh):
    held = stored(*((i, lo, hi) for i, (lo, hi) in enumerate(old)))
    diff = difference(held, new(*fresh))
    assert sorted([n.lo for n in diff.insert] + [n.lo for _, n in diff.change]) == [
        lo for lo, _ in fresh
    ]
    fates = [s.id for s, _ in diff.change] + [s.id for s in diff.delete]
    assert sorted(fates) == [s.id for s in held]
    assert all(min(s.hi, n.hi) >= max(s.lo, n.lo) for s, n in diff.change)


def test_the_end_of_time_is_2200():
    from datetime import UTC, datetime

    assert datetime.fromtimestamp(END / S, UTC) == datetime(2200, 1, 1, tzinfo=UTC)
