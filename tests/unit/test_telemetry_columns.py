"""Fixes read together are the fixes read one by one, however their bytes are mixed."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry import positions, wire
from telemetry.ingest.intake import Received
from telemetry.ingest.reading import Told, hear, read
from telemetry.ingest.sorting import Limits, sort
from telemetry.positions import bulk
from telemetry.positions.copied import _squeezed, binary_copy
from telemetry.wire import Channel, Topic
from tests import storing
from tests.hostile import GOOD, payloads
from tests.unit.test_telemetry_bulk import as_rows
from tests.unit.test_telemetry_packed import fixes

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = Limits(NOON, timedelta(days=150_000))
WHOLE, PARTED = "2026-03-02T11:00:00Z", "2026-03-02T11:00:00.5Z"
ANCIENT, FAR, BEYOND = "1960-01-01T00:00:00Z", "2600-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"


def item(device, payload):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    topic = Topic(f"bus-{device}", Channel.FIX)
    return Received(None, topic.device, device, topic, payload, len(payload), NOON)


def fix(ts, **more):
    return {"ts": ts, "lon": 117.5, "lat": 34.25} | more


def stored(told):
    """What a batch becomes: rows by their key, and what is put aside."""
    batch = sort(told, LIMITS)
    aside = sorted((q.device, q.reason, q.payload) for q in batch.quarantined)
    return as_rows(positions.pack_all(batch.fixes)), aside


def one_by_one(items):
    nothing = hear([])
    return Told([read(one) for one in items], nothing.rows, nothing.of)


times = st.sampled_from([WHOLE, PARTED, ANCIENT, FAR, BEYOND, "2026-03-02T19:00:00.123456+08:00"])
values = st.sampled_from([None, 0, 7, 7.0, 7.5, 90, 359.6, 1e400, -0.0, 2**31, True, "7", 3e1])
names = st.sampled_from(
    ["seq", "speed_kmh", "heading", "altitude_m", "odometer_m", "ignition", "flags", "x", "lon"]
)
messages = st.builds(
    lambda ts, more: fix(ts) | more, times, st.dictionaries(names, values, max_size=3)
)


@given(
    st.lists(st.tuples(st.integers(1, 3), messages | st.lists(messages, max_size=11)), max_size=8)
)
@example([(1, [fix(ANCIENT, seq=n) for n in range(4)] + [fix(WHOLE, seq=n) for n in range(5)])])
@example([(1, fix(PARTED)), (2, [fix(FAR)] * 4), (3, [fix(WHOLE)] * 5), (1, fix(BEYOND))])
@example(
    [(1, [fix(PARTED, seq=None)] * 2), (2, [fix(WHOLE, seq=7.0)] * 2), (3, fix(PARTED, seq=7.5))]
)
def test_together_is_one_by_one(said):
    items = [item(*one) for one in said]
    assert stored(hear(items)) == stored(one_by_one(items))


@given(st.integers(0, 10_000))
def test_also_where_they_are_hostile(seed):
    items = [item(1 + n % 3, GOOD[Channel.FIX]) for n in range(3)]
    items += [item(1 + n % 3, body) for n, (_, body) in enumerate(payloads(seed, 12))]
    assert stored(hear(items)) == stored(one_by_one(items))


@pytest.mark.parametrize(
    ("said", "seq"), [(90, 90), (90.0, 90), (None, None), (90.5, "out-of-range")]
)
def test_a_whole_number_may_be_written_with_a_point(said, seq):
    payload = json.dumps(fix(WHOLE, seq=said)).encode()
    try:
        found = wire.decode(Channel.FIX, payload)[0].seq
    except wire.BadPayload as error:
        found = error.reason
    assert found == seq
    assert isinstance(found, type(seq))


def test_no_row_is_given_to_another_message():
    """Five short times and four long ones take as many bytes as nine of the usual length."""
    mixed = [fix(ANCIENT, seq=1)] * 4 + [fix(WHOLE, seq=1)] * 5
    items = [item(1, mixed), *(item(2, fix(PARTED, seq=2)) for _ in range(9))]
    told = hear(items)
    assert {(int(told.of[k]) > 0, int(row["seq"])) for k, row in enumerate(told.rows)} == {
        (False, 1),
        (True, 2),
    }
    assert len(told.rows) == 18


def test_a_time_is_read_to_the_microsecond():
    said = ["2026-03-02T11:00:00.000001Z", WHOLE, ANCIENT, "1969-12-31T23:59:59.999999Z", FAR]
    told = hear([item(1, [fix(ts) for ts in said])])
    expected = [positions.microseconds(datetime.fromisoformat(ts)) for ts in said]
    assert sorted(told.ts_us.tolist()) == sorted(expected)


@given(st.lists(st.tuples(st.integers(1, 3), fixes), max_size=40))
def test_null_is_left_out_of_a_copy_either_way(said):
    load = storing.loaded([(device, NOON, [one]) for device, one in said])
    packed = positions.pack_all(load)
    copied = binary_copy(packed)
    assert _squeezed(packed) in copied
    assert len(copied) == len(_squeezed(packed)) + 21


async def test_packing_in_turns_is_packing():
    load = sort(hear([item(1, [fix(PARTED, seq=n) for n in range(25)])]), LIMITS).fixes
    at_once, in_turns = positions.pack_all(load), await positions.pack_in_turns(load, 10)
    assert as_rows(at_once) == as_rows(in_turns)
    assert np.array_equal(bulk.digests_of(load.digested), bulk.digests_of(load.digested.copy()))
