"""Patience with who guesses, and the pace of one device: by a clock of the test's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.ingest.pace import BURST_S, Bucket, Pace
from telemetry.ingest.patience import FORGOTTEN_AFTER_S, LONGEST_WAIT_S, Patience


def guessed(times, name="bus-1", address="10.0.0.9"):
    patience = Patience()
    for n in range(times):
        patience.was_wrong(name, address, n)
    return patience


@pytest.mark.parametrize(("guesses", "wait_s"), [(0, 0), (4, 0), (5, 1), (6, 2), (8, 8), (99, 10)])
def test_the_sixth_guess_waits_and_each_after_it_twice_as_long(guesses, wait_s):
    assert guessed(guesses).wait_s("bus-1", "10.0.0.9", guesses) == wait_s


def test_only_who_guesses_waits_and_only_there():
    patience = guessed(99)
    assert patience.wait_s("bus-2", "10.0.0.9", 99) == 0
    assert patience.wait_s("bus-1", "10.0.0.8", 99) == 0


def test_nobody_is_shut_out_for_good():
    patience = guessed(1_000)
    assert patience.wait_s("bus-1", "10.0.0.9", 1_000) == LONGEST_WAIT_S
    assert patience.wait_s("bus-1", "10.0.0.9", 1_000 + FORGOTTEN_AFTER_S) == 0
    patience.was_right("bus-1", "10.0.0.9")
    assert patience.wait_s("bus-1", "10.0.0.9", 1_000) == 0


def test_what_is_remembered_of_guesses_is_bounded():
    patience = Patience()
    for n in range(25_000):
        patience.was_wrong(f"name-{n}", "10.0.0.9", n)
    assert len(patience._wrong) == 10_000


def read_all(bucket, sizes, at=0.0):
    """Read messages that all lie ready as the door does; when the last was read."""
    for size in sizes:
        if not bucket.spend(size):
            at += bucket.wait_s(at)
    return at


def test_three_days_of_buffered_fixes_pass_at_once():
    assert read_all(Bucket(Pace(), 0.0), [200] * (72 * 3600 // 10)) == 0


def test_after_the_burst_the_pace_holds():
    pace = Pace(messages_per_s=50, bytes_per_s=0)
    burst = int(50 * BURST_S)
    took = read_all(Bucket(pace, 0.0), [200] * (burst + 5_000))
    assert took == pytest.approx(100, rel=0.01)


def test_large_messages_are_paced_by_their_bytes():
    pace = Pace(messages_per_s=0, bytes_per_s=1_000)
    took = read_all(Bucket(pace, 0.0), [10_000] * 160)
    assert took == pytest.approx(1_000, rel=0.02)


def test_without_a_pace_nothing_waits():
    assert read_all(Bucket(Pace(0, 0), 0.0), [60_000] * 10_000) == 0


@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 70_000)), max_size=200))
def test_nobody_reads_more_than_the_burst_and_the_pace(said):
    pace = Pace(messages_per_s=0.1, bytes_per_s=100)
    bucket, now, read = Bucket(pace, 0.0), 0.0, 0
    for gap, size in said:
        now += gap
        read += size
        if not bucket.spend(size):
            now += bucket.wait_s(now)
    longest = 70_000
    assert read <= pace.bytes_per_s * (BURST_S + now) + longest + 1e-6
