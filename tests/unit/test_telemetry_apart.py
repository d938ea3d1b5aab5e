"""What is put aside of one payload: every message of it, in a few entries."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.ingest.intake import Received
from telemetry.ingest.reading import hear
from telemetry.ingest.sorting import Limits, sort
from telemetry.wire import (
    MAX_MESSAGES,
    MAX_PAYLOAD_BYTES,
    SHORTEST_BYTES,
    Channel,
    EtcObservation,
    Fix,
    FuelObservation,
    Receipt,
    Status,
    Topic,
    encode,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = Limits(NOON, timedelta(days=366))
GOOD = b'{"ts":"2026-03-02T12:00:00Z","lon":117,"lat":34}'
OLD = b'{"ts":"1999-03-02T12:00:00Z","lon":117,"lat":34}'
LATE = b'{"ts":"2036-03-02T12:00:00Z","lon":117,"lat":34}'
REASONS = {"out-of-range", "wrong-kind", "not-json", "future", "expired", "unstorable"}


def array(messages):
    return b"[" + b",".join(messages) + b"]"


def sorted_(payload, channel=Channel.FIX):
    assert len(payload) <= MAX_PAYLOAD_BYTES
    item = Received(
        source=None, device="bus-1", device_id=1, topic=Topic("bus-1", channel),
        payload=payload, size=len(payload), received_at=NOON,
    )  # fmt: skip
    return sort(hear([item]), LIMITS)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ([b"%d" % n for n in range(1_000)], "out-of-range"),
        ([b"{}"] * 1_000, "out-of-range"),
        ([GOOD[:-1] + b',"seq":%d.5}' % n for n in range(900)], "out-of-range"),
        ([OLD] * 1_000, "expired"),
        ([LATE] * 1_000, "future"),
    ],
    ids=["numbers", "empty-objects", "fractions", "old", "late"],
)
def test_a_thousand_bad_messages_of_one_payload_are_one_entry(bad, reason):
    batch = sorted_(array(bad))
    (entry,) = batch.quarantined
    assert (entry.reason, len(batch.fixes)) == (reason, 0)
    assert entry.detail.endswith(f"(and {len(bad) - 1} more)")
    assert json.loads(entry.payload) == json.loads(array(bad))


def test_one_that_is_bad_stands_alone_and_as_it_came():
    bad = b'{"ts": "2026-03-02T12:00:00Z", "lon": 1e1, "lat": 91}'
    (entry,) = sorted_(array([GOOD, bad, GOOD])).quarantined
    assert entry.payload == bad


@pytest.mark.parametrize("bad", [b"0", b"{}", OLD], ids=["number", "empty", "old"])
def test_of_more_than_may_be_nothing_is_read_whatever_stands_among_them(bad):
    payload = array([GOOD] * MAX_MESSAGES + [bad])
    batch = sorted_(payload)
    assert [(one.reason, one.payload) for one in batch.quarantined] == [("too-many", payload)]
    assert len(batch.fixes) == 0


def test_an_array_within_an_array_is_no_message():
    batch = sorted_(array([GOOD, array([GOOD, GOOD]), array([]), b" " + GOOD]))
    (entry,) = batch.quarantined
    assert (entry.reason, entry.payload) == ("out-of-range", array([array([GOOD, GOOD]), b"[]"]))
    assert len(batch.fixes) == 2


def test_no_message_is_shorter_than_the_shortest():
    at = NOON
    least = [
        Fix(ts=at, lon=1, lat=1),
        FuelObservation(ts=at, kind="level"),
        EtcObservation(ts=at, obu="1", gantry="1"),
        Status(ts=at, state="online"),
        Receipt(txn="1", kind="fuel", at=at, amount_fen=1),
    ]
    assert min(len(encode([one]).replace(b".0", b"")) for one in least) >= SHORTEST_BYTES


messages = st.sampled_from(
    [GOOD, OLD, LATE, b"0", b"{}", b"[]", b'"\\u0000"', b"null", GOOD[:-1] + b',"seq":1.5}',
     GOOD.replace(b"117", b"1e3"), GOOD[:-1] + b',"seq":null}', OLD[:-1] + b',"accuracy_m":1}' * 1]
)  # fmt: skip


@given(st.lists(messages, min_size=1, max_size=1_100), st.sampled_from([1, 40]))
def test_every_message_of_an_array_is_stored_or_stands_in_one_of_few_entries(said, times):
    said = (said * times)[: (MAX_PAYLOAD_BYTES - 2) // 64]
    batch = sorted_(array(said))
    if len(said) > MAX_MESSAGES:
        assert [one.reason for one in batch.quarantined] == ["too-many"]
        return
    aside = [json.loads(one.payload) for one in batch.quarantined]
    # An entry of one message is that message, which may itself be an array: it has no "and more".
    many = [one for one in batch.quarantined if "more)" in one.detail]
    whole = sum(len(json.loads(one.payload)) for one in many) + len(aside) - len(many)
    assert len(batch.fixes) + whole == len(said)
    assert len(batch.quarantined) <= 2 * len(REASONS)
    assert max(map(len, (one.payload for one in batch.quarantined)), default=0) <= MAX_PAYLOAD_BYTES


def test_what_is_longer_written_anew_stays_whole_in_two_entries():
    wide = OLD.replace(b'"lon":117', b'"lon":1E0,"heading":1,"accuracy_m":1,"altitude_m":1')
    said = [wide] * ((MAX_PAYLOAD_BYTES - 2) // (len(wide) + 1))
    entries = sorted_(array(said)).quarantined
    assert len(entries) == 2
    assert sum(len(json.loads(one.payload)) for one in entries) == len(said)
    assert max(len(one.payload) for one in entries) <= MAX_PAYLOAD_BYTES
