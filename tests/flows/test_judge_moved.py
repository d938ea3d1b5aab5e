"""The judge on terminals that were moved and phones that died: planted differences are found."""

from dataclasses import replace

import pytest

from simulators.judge import judge
from simulators.pump import moment
from simulators.terminal import Mishap
from simulators.trip import Driven, Tap
from simulators.truth import Truth, fix_key
from tests.flows.test_judge_verdict import AT, ORDER, STORED

MOVED = AT + 3 * 3_600
FIXES = [(AT + n * 600, 118.75 + n * 0.001, 30.95) for n in range(40)]
SECOND = replace(ORDER, id=2, order_no="XZ-CITY202603020002", car="V-2")

MORE = """
INSERT INTO vehicle (id, code, model, category, class, seats, powertrain, first_registered, home_lon, home_lat)
VALUES (2, 'V-2', '朗逸', 'OTHER', 'sedan', 5, 'petrol', '2021-05-01', 118.7, 30.9);
INSERT INTO binding (device_id, vehicle_id, during)
VALUES (1, 1, '[2026-03-01,2026-03-02T04:00Z)'), (1, 2, '[2026-03-02T04:00Z,)');
INSERT INTO journey (vehicle_id, started_at, ended_at, last_at, start_lon, start_lat, end_lon, end_lat,
                     gps_m, odometer_m, driving_s, fixes, flagged, conflicts, version)
SELECT v, at, at + interval '1 h', at + interval '1 h', 0, 0, 0, 0, m + 100, m, 3600, 20, 0, 0, ''
  FROM (VALUES (1, '2026-03-02T01:00Z'::timestamptz, 80000), (2, '2026-03-02T05:00Z', 50000)) AS j(v, at, m);
INSERT INTO trip_request SELECT (jsonb_populate_record(r, '{"id": 2, "client_key": "k2"}')).* FROM trip_request r;
INSERT INTO dispatch_order (id, order_no, request_id, pool_id, state, created_at)
VALUES (2, 'XZ-CITY202603020002', 2, 1, 'onboard', '2026-03-01T02:00Z');
"""


@pytest.fixture
async def story(conn, tmp_path):
    """A terminal that went from the first car to the second, whose driver's phone was lost."""
    await conn.execute(STORED + MORE)
    await conn.executemany(
        "INSERT INTO fix (device_id, ts, digest, lon, lat) VALUES (1, $1, $2, $3, $4)",
        [
            (moment(ts), n, *fix_key("bd-1", ts, lon, lat)[2:])
            for n, (ts, lon, lat) in enumerate(FIXES)
        ],
    )
    truth = Truth(tmp_path / "truth")
    truth.cars([("V-1", "皖P00001", "bd-1")])
    truth.fitted([("bd-1", "V-1", 0), ("bd-1", "V-2", MOVED)])
    truth.acknowledged(fix_key("bd-1", *f) for f in FIXES)
    truth.driven([Driven(ORDER, AT, AT + 7_200, 80_000, 0, "a"),
                  Driven(SECOND, AT + 4 * 3_600, AT + 18_600, 50_000, 0, "a")])  # fmt: skip
    truth.lost(Tap(AT + 18_600, SECOND, "return", 2_000))
    truth.mishaps([("V-2", Mishap("lost-phone", AT + 15_000, AT + 30_000))])
    truth.close()
    return tmp_path / "truth"


OURS = (
    "fixes of moved terminals",
    "kilometres of cars with a moved terminal or a lost phone",
    "trips",
)


async def test_facts_on_the_right_car_and_an_open_order_are_no_difference(story, dsn):
    verdict = await judge(story, dsn)
    assert {what: verdict.differences[what] for what in OURS} == {what: [] for what in OURS}
    assert verdict.compared["fixes of moved terminals"] == 37
    assert verdict.compared[OURS[1]] == 1
    assert "trips of which a tap was lost with its phone: 1" in verdict.notes


@pytest.mark.parametrize(
    ("statement", "what", "words"),
    [
        ("DELETE FROM binding WHERE vehicle_id = 2; UPDATE binding SET during = '[2026-03-01,)'",
         OURS[0], "are on V-1, truly on V-2"),
        ("DELETE FROM binding WHERE vehicle_id = 2", OURS[0], "are on no car, truly on V-2"),
        ("UPDATE journey SET vehicle_id = 1", OURS[1], "V-2: {'gps_m': 0, 'wheel_m': 0}"),
        ("UPDATE journey SET gps_m = 90000, odometer_m = NULL WHERE vehicle_id = 2", OURS[1], "V-2"),
        ("UPDATE dispatch_order SET state = 'completed' WHERE id = 2", OURS[2],
         "completed, although return died with a phone"),
    ],
)  # fmt: skip
async def test_a_planted_difference_is_found(story, dsn, conn, statement, what, words):
    await conn.execute(statement)
    verdict = await judge(story, dsn)
    assert any(words in line for line in verdict.differences[what]), verdict.differences[what]
