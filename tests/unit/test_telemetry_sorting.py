"""A batch to its tables or to quarantine: nothing vanishes, nothing breaks."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry.ingest.intake import Intake, Received
from telemetry.ingest.reading import hear
from telemetry.ingest.sorting import Limits, ahead, sort
from telemetry.wire import Channel, Topic

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = Limits(NOON, timedelta(days=366))
GOOD = {"ts": "2026-03-02T12:00:00Z", "lon": 117.2, "lat": 34.2}


class Acks:
    """A source that remembers what was settled, and when it was flushed."""

    def __init__(self):
        self.said = []

    def settle(self, item):
        self.said.append(item)

    def flush(self):
        self.said.append("flush")


def received(payload, channel=Channel.FIX, source=None):
    if not isinstance(payload, bytes):
        payload = json.dumps(payload).encode()
    return Received(
        source=source or Acks(), device="bus-1", device_id=1, topic=Topic("bus-1", channel),
        payload=payload, size=len(payload), received_at=NOON,
    )  # fmt: skip


def sorted_(*items):
    return sort(hear(items), LIMITS)


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (timedelta(minutes=5), None),
        (timedelta(minutes=5, microseconds=1), "future"),
        (-timedelta(days=366), None),
        (-timedelta(days=366, microseconds=1), "expired"),
    ],
)
def test_the_limits_of_time_are_sharp(after, reason):
    batch = sorted_(received(GOOD | {"ts": (NOON + after).isoformat()}))
    assert [b.reason for b in batch.quarantined] == ([reason] if reason else [])
    assert len(batch.fixes) == (reason is None)


def test_what_claims_to_be_later_than_it_came_is_seen():
    items = [received(GOOD), received([GOOD, GOOD | {"ts": "2026-03-02T12:03:00Z"}])]
    items += [received(b"{"), received(GOOD | {"ts": "9999-12-31T23:59:59-23:59"})]
    told = hear(items)
    assert ahead(told, timedelta(0)) == [items[1], items[3]]
    assert ahead(told, timedelta(minutes=2)) == [items[1], items[3]]
    assert ahead(told, timedelta(minutes=3)) == [items[3]]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
nearly = st.builds(
    lambda key, value: GOOD | {key: value},
    st.sampled_from(["ts", "lon", "lat", "seq", "flags", "fuel_ml", "ignition", "x"]),
    json_values,
)


@settings(max_examples=200)
@given(
    st.binary(max_size=200) | json_values | nearly | st.lists(nearly, max_size=4),
    st.sampled_from(list(Channel)),
)
@example(b'[{"ts":' + b"[" * 20_000, Channel.FIX)
@example({"txn": "1", "kind": "fuel", "at": "0001-01-01T00:00:00+23:59", "amount_fen": 0},
         Channel.FUEL_CARD)  # fmt: skip
@example({"ts": "9999-12-31T23:59:59.999999-23:59", "lon": 0, "lat": 0}, Channel.FIX)
@example({"ts": "0001-01-01T00:00:00+23:59", "state": "online"}, Channel.STATUS)
def test_whatever_is_said_is_stored_or_put_aside_and_is_never_a_bug(payload, channel):
    batch = sorted_(received(payload, channel))
    stored = (batch.fixes, batch.fuel, batch.etc, batch.statuses, batch.bought)
    assert sum(map(len, stored)) + len(batch.quarantined) >= 1
    assert not [b for b in batch.quarantined if b.reason == "bug"]


class Searched(bytes):
    """Counts how often somebody looks for something in it."""

    times = 0

    def __contains__(self, wanted):
        self.times += 1
        return super().__contains__(wanted)


def test_a_payload_is_searched_once_however_many_messages_it_holds():
    said = [{"ts": GOOD["ts"], "state": "online", "detail": str(n)} for n in range(700)]
    payload = Searched(json.dumps(said).encode())
    assert len(sorted_(received(payload, Channel.STATUS)).statuses) == 700
    assert payload.times <= 1


async def test_acknowledgements_are_in_order_of_arrival_and_flushed_once_a_batch():
    intake, source = Intake(), Acks()
    items = [received(GOOD, source=source) for _ in range(5)]
    for item in items:
        intake.offer(item)
    batch = await intake.take(3, 1_000_000, 0)
    intake.done(batch)
    assert source.said == [*items[:3], "flush"]


async def test_a_full_intake_asks_to_wait_until_a_batch_is_done():
    intake, relieved = Intake(at_most_bytes=1_900), []
    intake.on_relief(lambda: relieved.append(intake.full))
    for _ in range(3):
        intake.offer(received(GOOD))
    assert intake.full
    batch = await intake.take(10, 1_000_000, 0)
    assert intake.full, "what the writer has in hand counts"
    intake.done(batch)
    assert relieved == [False]


async def test_a_batch_is_bounded_in_messages_and_in_bytes():
    intake = Intake()
    for _ in range(10):
        intake.offer(received(b"x" * 100))
    assert len(await intake.take(4, 1_000_000, 0)) == 4
    assert len(await intake.take(10, 250, 0)) == 3


async def test_a_closed_intake_gives_out_what_waits_and_then_nothing():
    intake = Intake()
    intake.offer(received(GOOD))
    intake.close()
    intake.offer(received(GOOD))
    assert len(await intake.take(10, 1_000_000, 5)) == 1
    assert await intake.take(10, 1_000_000, 5) == []
