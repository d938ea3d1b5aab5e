"""The judge finds nothing where there is nothing to find, and every difference that is planted."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from simulators.__main__ import app
from simulators.judge import judge
from simulators.pump import Slip, moment
from simulators.trip import Driven, Order, Tap
from simulators.truth import FILE, Truth, fix_key
from telemetry.wire import Receipt

AT = int(datetime(2026, 3, 2, 1, 0, tzinfo=UTC).timestamp())
ORDER = Order(1, "XZ-CITY202603020001", "V-1", "DRV001", "wait_and_return", "a", "b", AT, AT + 7200)
FIXES = [(AT + 10 * n, 118.75 + n * 0.001, 30.95) for n in range(5)]

# The smallest database that tells the same story as the truth below.
STORED = """
CREATE TABLE fix_of_the_week PARTITION OF fix FOR VALUES FROM ('2026-03-02') TO ('2026-03-09');
INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat)
VALUES (1, 'XZ-CITY', '市级平台', 'City', 'city', '341800', 118.7, 30.9);
INSERT INTO unit (id, code, name, lon, lat) VALUES (1, 'U', '单位', 118.7, 30.9);
INSERT INTO place (id, code, name, name_en, kind, lon, lat)
VALUES (1, 'a', '甲', 'A', 'seat', 118.7, 30.9), (2, 'b', '乙', 'B', 'seat', 118.9, 30.6);
INSERT INTO person (id, code, name) VALUES (1, 'DRV001', '驾驶员001');
INSERT INTO driver (id, person_id, licence_class, licence_until) VALUES (1, 1, 'C1', '2030-01-01');
INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, first_registered, home_lon, home_lat)
VALUES (1, 'V-1', '朗逸', 'OTHER', 'sedan', 5, 'petrol', '2021-05-01', 118.7, 30.9);
INSERT INTO device (id, name, kind, token_digest)
VALUES (1, 'bd-1', 'terminal', sha256('1')), (2, 'fuel-card-1', 'provider', sha256('2'));
INSERT INTO trip_request (id, client_key, unit_id, pool_id, requested_by, purpose, purpose_text, passengers,
    lead_passenger, kind, from_place, to_place, depart_at, return_at, out_of_city, state, review_required,
    violations, submitted_at, distance_m, drive_s)
VALUES (1, 'k', 1, 1, 1, 'RESEARCH', '调研', 2, '乘车人', 'wait_and_return', 1, 2, '2026-03-02T01:00Z',
    '2026-03-02T03:00Z', false, 'completed', false, '[]', '2026-03-01T01:00Z', 40000, 2400);
INSERT INTO dispatch_order (id, order_no, request_id, pool_id, state, created_at)
VALUES (1, 'XZ-CITY202603020001', 1, 1, 'completed', '2026-03-01T02:00Z');
INSERT INTO leg (id, order_id, vehicle_id, driver_id, kind, status, during, planned)
VALUES (1, 1, 1, 1, 'trip', 'done', '[2026-03-02T01:00Z,2026-03-02T03:00Z)', '[2026-03-02T01:00Z,2026-03-02T03:00Z)');
INSERT INTO trip (id, leg_id, order_id, vehicle_id, driver_id, started_at, ended_at, declared_m, declared_source)
VALUES (1, 1, 1, 1, 1, '2026-03-02T01:00Z', '2026-03-02T03:00Z', 80050, 'gps');
INSERT INTO check_in (client_key, driver_id, order_id, kind, taken_at, counter, received_at, odometer_m, body_digest)
VALUES ('tap-0001', 1, 1, 'depart', '2026-03-02T01:00Z', 1, '2026-03-02T01:00Z', 1000, '');
INSERT INTO receipt (issuer, txn, kind, body_digest, at, received_at, amount_fen, quantity_ml, detail)
VALUES ('fuel-card-1', 'F1', 'fuel', '', '2026-03-02T02:00Z', '2026-03-02T02:01Z', 30400, 40000, '{}');
INSERT INTO receipt_match (receipt_id, vehicle_id, trip_id, status, reason)
SELECT id, 1, 1, 'matched', 'during the trip' FROM receipt;
INSERT INTO period (pool_id, month) VALUES (1, '2026-03-01');
WITH entry AS (INSERT INTO ledger_entry (origin, origin_version, pool_id, month, origin_month, posted_at)
    VALUES ('receipt:1', '1', 1, '2026-03-01', '2026-03-01', '2026-03-02T02:02Z') RETURNING id)
INSERT INTO posting (entry_id, line, account, measure, vehicle_id, amount)
SELECT id, 1, 'cost:fuel', 'fen', 1, 30400 FROM entry UNION ALL
SELECT id, 2, 'payable:fuel-card-1', 'fen', NULL, -30400 FROM entry;
"""


def told(folder: Path) -> Path:
    truth = Truth(folder)
    truth.note(settled=1)
    truth.cars([("V-1", "皖P00001", "bd-1")])
    truth.acknowledged(fix_key("bd-1", *f) for f in FIXES)
    receipt = Receipt(
        txn="F1", kind="fuel", at=moment(AT + 3600), amount_fen=30400, quantity_ml=40000
    )
    truth.sent([Slip("V-1", "fuel-card-1", receipt, AT + 3660)])
    truth.driven([Driven(ORDER, AT, AT + 7200, 80_000, 0, "a")])
    truth.tapped(Tap(AT, ORDER, "depart", 1000), "tap-0001", accepted=True)
    truth.close()
    return folder


@pytest.fixture
async def story(conn, tmp_path):
    """A truth, and a database that says the same."""
    await conn.execute(STORED)
    await conn.executemany(
        "INSERT INTO fix (device_id, ts, digest, lon, lat) VALUES (1, $1, $2, $3, $4)",
        [
            (moment(ts), n, *fix_key("bd-1", ts, lon, lat)[2:])
            for n, (ts, lon, lat) in enumerate(FIXES)
        ],
    )
    return told(tmp_path / "truth")


async def test_the_same_story_has_no_difference(story, dsn):
    verdict = await judge(story, dsn)
    assert verdict.differences == {what: [] for what in verdict.differences}
    assert verdict.compared["fixes acknowledged"] == 5
    assert verdict.compared["receipts"] == verdict.compared["trips"] == 1
    assert verdict.compared["costs by car and kind"] == verdict.compared["check-ins"] == 1


@pytest.mark.parametrize(
    ("statement", "what", "words"),
    [
        ("DELETE FROM fix WHERE digest = 3", "fixes acknowledged", "missing: bd-1"),
        ("UPDATE fix SET lat = lat + 1 WHERE digest = 3", "fixes acknowledged", "missing: bd-1"),
        ("INSERT INTO fix_variant SELECT ts, 99, device_id, lon, lat FROM fix WHERE digest = 3",
         "fixes stored once", "2 rows for bd-1"),
        ("UPDATE fix SET ts = ts + interval '1 s' WHERE digest = 3", "fixes known", "nobody sent: bd-1"),
        ("UPDATE receipt_match SET trip_id = NULL; DELETE FROM trip", "trips", "driven, but no trip"),
        ("UPDATE trip SET declared_m = 90000", "trips", "90000 m, truly 80000 m"),
        ("UPDATE check_in SET odometer_m = 2000", "check-ins", "odometer_m is 2000, truly 1000"),
        ("DELETE FROM check_in", "check-ins", "missing: XZ-CITY202603020001 depart"),
        ("UPDATE receipt_match SET vehicle_id = NULL", "receipts", "car is None, truly V-1"),
        ("INSERT INTO receipt (issuer, txn, kind, body_digest, at, received_at, amount_fen, detail)"
         " SELECT issuer, 'F2', kind, '', at, at, 1, '{}' FROM receipt", "receipts", "nobody sent"),
        ("ALTER TABLE posting DISABLE TRIGGER append_only; UPDATE posting SET amount = 30399 WHERE line = 1",
         "costs by car and kind", "the books say 30399 fen, truly 30400"),
    ],
)  # fmt: skip
async def test_a_planted_difference_is_found_and_named(story, dsn, conn, statement, what, words):
    await conn.execute(statement)
    verdict = await judge(story, dsn)
    assert any(words in line for line in verdict.differences[what])


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("INSERT INTO acked VALUES ('bd-1', 1772413200000000, 1, 1)", "fixes acknowledged"),
        ("UPDATE receipt SET amount_fen = amount_fen + 1", "receipts"),
        ("DELETE FROM receipt", "receipts"),
        ("UPDATE trip SET driver = 'DRV002'", "trips"),
        ("UPDATE tap SET kind = 'return'", "check-ins"),
    ],
)
async def test_an_altered_truth_is_found(story, dsn, statement, what):
    with sqlite3.connect(story / FILE) as beside:
        beside.execute(statement)
    beside.close()
    verdict = await judge(story, dsn)
    assert verdict.differences[what]


async def test_the_command_fails_on_a_difference_and_prints_it(story, dsn, conn):
    def said() -> tuple[int, str]:
        outcome = CliRunner().invoke(app, ["judge", "--truth", str(story), "--dsn", dsn])
        return outcome.exit_code, outcome.output

    code, text = await asyncio.to_thread(said)
    assert code == 0, text
    await conn.execute("DELETE FROM fix WHERE digest = 0")
    code, text = await asyncio.to_thread(said)
    assert code == 1
    assert "missing: bd-1 2026-03-02T01:00:00+00:00" in text


async def test_no_truth_is_no_verdict(dsn, tmp_path):
    with pytest.raises(FileNotFoundError, match="no truth"):
        await judge(tmp_path, dsn)
