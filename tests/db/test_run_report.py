"""The figures come from the database and the truth beside it, and a missing fix is found."""

import sqlite3
from datetime import UTC, datetime

import pytest

from dispatch.run import report

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "truth.sqlite"
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE acked (device TEXT, ts INTEGER, lon INTEGER, lat INTEGER)")
        file.execute("CREATE TABLE receipt (amount_fen INTEGER)")
        file.executemany("INSERT INTO receipt VALUES (?)", [(12_300,), (-300,)])
        us = int(AT.timestamp()) * 1_000_000
        file.executemany(
            "INSERT INTO acked VALUES ('t-1', ?, ?, 340000000)",
            [(us, 1_170_000_000), (us + 1_000_000, 1_170_000_001)],
        )
    file.close()
    return path


async def store(conn, ts, lon):
    await conn.execute(
        """INSERT INTO fix (ts, digest, device_id, lon, lat)
           VALUES ($1, 1, (SELECT id FROM device WHERE name = 't-1'), $2, 340000000)""",
        ts,
        lon,
    )


async def test_an_acknowledged_fix_that_is_not_stored_is_missing(conn, truth):
    await conn.execute(
        """INSERT INTO device (name, kind, token_digest) VALUES ('t-1', 'terminal', $1);""",
        bytes(32),
    )
    await conn.execute(
        "CREATE TABLE fix_all PARTITION OF fix FOR VALUES FROM ('2026-01-01Z') TO ('2027-01-01Z')"
    )
    await store(conn, AT, 1_170_000_000)
    found = await report.figures(conn, truth, ready_s=1.234, history_s=2.0, latency=None)
    assert (found.fixes_acked, found.fixes_committed, found.acked_missing) == (2, 1, 1)
    assert found.truth_ledger_fen == 12_000
    assert found.ready_s == 1.23
    assert "acked_missing = 0" in found.shortfalls()

    await store(conn, AT.replace(second=1), 1_170_000_001)
    again = await report.figures(conn, truth, ready_s=1.0, history_s=2.0, latency=None)
    assert again.acked_missing == 0


async def test_what_waits_to_be_understood_is_counted(conn):
    assert await report.waiting(conn) == 0
    await conn.execute("INSERT INTO dirty_mark (device_id, lo, hi) VALUES (1, now(), now())")
    assert await report.waiting(conn) == 1
