"""Facts and cases in the real database: opened, cleared, withdrawn, restored, handled by people."""

import json
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry import alarms, geofences, roads, understand
from telemetry.alarms import Rule
from telemetry.roads import Road, RoadClass
from telemetry.wire import ReportedFlag
from tests.alarm_tracks import Car, north
from tests.suite import FULL
from tests.tracks import LAT, LON, S, later
from tests.understanding import START, At, car, prepare, seconds, send

CUT = int(ReportedFlag.POWER_CUT)


@pytest.fixture
async def city(pool):
    async with pool.acquire() as conn:
        await prepare(conn)
        await conn.execute(
            "INSERT INTO pool (id, code, name, name_en, level, adcode, lon, lat)"
            " SELECT 2, 'XZ-NG', '宁国', 'Ningguo', 'county', '341881', lon, lat FROM pool"
        )
    return pool


async def a_car(conn, pool_id=1):
    v, d = await car(conn)
    await conn.execute("INSERT INTO vehicle_pool VALUES ($1, $2, '[2020-01-01,)')", v, pool_id)
    return v, d


async def facts(conn, vehicle_id):
    rows = await conn.fetch(
        "SELECT to_jsonb(f) - 'id' - 'vehicle_id' AS f FROM alarm_fact f WHERE vehicle_id = $1"
        " ORDER BY rule, started_at",
        vehicle_id,
    )
    return [r["f"] for r in rows]


async def cases(conn, vehicle_id):
    return await conn.fetch(
        "SELECT * FROM alarm_case WHERE vehicle_id = $1 ORDER BY rule, started_at, id", vehicle_id
    )


async def history(conn, case_id):
    rows = await conn.fetch(
        "SELECT kind FROM alarm_case_event WHERE case_id = $1 ORDER BY id", case_id
    )
    return [r["kind"] for r in rows]


async def told(conn):
    rows = await conn.fetch("SELECT * FROM outbox WHERE kind LIKE 'alarm.%' ORDER BY id")
    return [(r["kind"], r["pool_id"], r["vehicle_id"], r["data"]["state"]) for r in rows]


async def understood(city, at_s):
    await understand.drain(city, At(seconds(at_s)))


SPEEDING = Car().go(120, 100).go(60, 140).go(1_200, 100).points


def upto(points, s):
    return [p for p in points if p.t <= points[0].t + s * S]


async def test_an_alarm_opens_its_case_and_clears_it_after_ten_minutes(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, upto(SPEEDING, 150))
    await understood(city, 150)
    (case,) = await cases(conn, v)
    assert (case["rule"], case["state"], case["pool_id"]) == (Rule.OVERSPEED, "raised", 1)
    assert (case["severity"], case["notify"], case["shadow"]) == (2, True, False)
    assert (case["started_at"], case["opened_at"]) == (seconds(130), seconds(150))
    assert await told(conn) == [("alarm.opened", 1, v, "raised")]
    await send(conn, d, upto(SPEEDING, 780))
    await understood(city, 780)
    assert [c["state"] for c in await cases(conn, v)] == ["raised"]
    await send(conn, d, SPEEDING)
    await understood(city, 1_300)
    (case,) = await cases(conn, v)
    assert (case["state"], case["ended_at"]) == ("auto_cleared", seconds(180))
    assert await history(conn, case["id"]) == ["opened", "cleared"]
    assert [kind for kind, *_ in await told(conn)] == ["alarm.opened", "alarm.cleared"]


async def test_silence_opens_and_the_next_message_clears(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, Car().go(300, 50).points)
    await understood(city, 300)
    assert await cases(conn, v) == []
    await understood(city, 900)
    assert await cases(conn, v) == []
    await understood(city, 901)
    (case,) = await cases(conn, v)
    assert (case["rule"], case["state"], case["raised_at"]) == (12, "raised", seconds(900))
    await send(conn, d, later(Car().go(660, 50).points, 1_200))
    await understood(city, 1_870)
    (case,) = await cases(conn, v)
    assert (case["state"], case["ended_at"]) == ("auto_cleared", seconds(1_200))


async def status(conn, device_id, at_s, state):
    """As ingest stores it, with its mark."""
    await conn.execute(
        "INSERT INTO device_status VALUES ($1, $2, 1, $3, '{}', $2)",
        *(device_id, seconds(at_s), state),
    )
    await conn.execute(
        "INSERT INTO dirty_mark (device_id, lo, hi) VALUES ($1, $2, $2)", device_id, seconds(at_s)
    )


async def test_a_status_opens_a_case_by_itself(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, Car(ignition=0).park(600).points)
    await status(conn, d, 700, "power-cut")
    await understood(city, 759)
    assert await cases(conn, v) == []
    await understood(city, 760)
    (case,) = await cases(conn, v)
    assert (case["rule"], case["cause"], case["state"]) == (13, 2, "raised")
    await status(conn, d, 900, "online")
    await understood(city, 1_501)
    (case,) = await cases(conn, v)
    assert (case["state"], case["ended_at"]) == ("auto_cleared", seconds(900))


async def test_what_becomes_red_is_told_again(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, Car().go(60, 50).go(120, 50, reported_flags=CUT).points)
    await understood(city, 180)
    await understood(city, 800)
    power = (await cases(conn, v))[1]
    assert (power["rule"], power["severity"], power["state"]) == (13, 3, "raised")
    assert await history(conn, power["id"]) == ["opened", "escalated"]


async def test_a_fact_older_than_a_quarter_of_an_hour_opens_silently(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, upto(SPEEDING, 200))
    await understood(city, 140 + 900)
    speed, *_ = await cases(conn, v)
    assert (speed["raised_at"], speed["notify"]) == (seconds(140), True)
    w, e = await a_car(conn)
    await send(conn, e, SPEEDING)
    await understood(city, 140 + 901)
    speed, *_ = await cases(conn, w)
    assert (speed["notify"], speed["state"]) == (False, "auto_cleared")


async def test_late_data_withdraw_a_case_and_their_loss_restores_it(city, conn):
    v, d = await a_car(conn)
    drive = Car(ignition=1).go(300, 50).quiet(700, 50).report().go(1_300, 50)
    await send(conn, d, drive.points)
    await understood(city, 2_300)
    (case,) = await cases(conn, v)
    assert (case["rule"], case["state"]) == (12, "auto_cleared")
    missing = later(Car(lat=drive.points[30].lat).go(600, 50).points[1:], 300)
    await send(conn, d, missing)
    await understood(city, 2_301)
    (case,) = await cases(conn, v)
    assert (case["state"], case["fact_id"], await facts(conn, v)) == ("withdrawn_by_data", None, [])
    gone = [(p.t, d) for p in missing]
    await conn.executemany(
        "DELETE FROM fix WHERE ts = to_timestamp($1 / 1e6) AND device_id = $2", gone
    )
    await conn.execute(
        "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $3)",
        *(v, START, seconds(3_000)),
    )
    await understood(city, 2_302)
    (case,) = await cases(conn, v)
    assert case["state"] == "auto_cleared"
    kinds = ["opened", "withdrawn_by_data", "restored"]
    assert await history(conn, case["id"]) == kinds
    assert [kind for kind, *_ in await told(conn)] == [f"alarm.{k}" for k in kinds]


async def test_a_shadow_case_is_told_to_nobody(city, conn):
    v, d = await a_car(conn)
    scope = alarms.Scope(pool_id=1)
    await alarms.set_rule(
        conn, scope, Rule.OVERSPEED, alarms.Setting(shadow=True),
        since=START - timedelta(days=1), at=START, by="person:1",
    )  # fmt: skip
    await send(conn, d, SPEEDING)
    await understood(city, 1_300)
    (case,) = await cases(conn, v)
    assert (case["shadow"], await told(conn)) == (True, [])
    assert await history(conn, case["id"]) == ["opened"]


async def test_a_rule_that_changes_is_judged_again(city, conn):
    v, d = await a_car(conn)
    w, e = await a_car(conn, pool_id=2)
    for device in (d, e):
        await send(conn, device, Car().go(600, 100).go(1_300, 50).points)
    await understood(city, 1_900)
    assert await cases(conn, v) == []
    slower = alarms.Setting(parameters={"own_kmh": 80})
    await alarms.set_rule(
        conn, alarms.Scope(pool_id=1), Rule.OVERSPEED, slower,
        since=seconds(100), until=seconds(300), at=seconds(1_900), by="person:1",
    )  # fmt: skip
    await understood(city, 1_900)
    (case,) = await cases(conn, v)
    assert (case["started_at"], case["ended_at"]) == (seconds(100), seconds(290))
    assert await cases(conn, w) == []
    off = alarms.Setting(enabled=False)
    await alarms.set_rule(
        conn, alarms.Scope(vehicle_id=v), Rule.OVERSPEED, off,
        since=START, at=seconds(1_900), by="person:1",
    )  # fmt: skip
    await understood(city, 1_900)
    (case,) = await cases(conn, v)
    assert (case["state"], await facts(conn, v)) == ("withdrawn_by_data", [])


async def test_new_roads_judge_anew_from_their_time_on(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, Car().go(1_000, 75).go(700, 30).points)
    await understood(city, 1_700)
    assert await cases(conn, v) == []
    street = Road(RoadClass.CITY, ((LON, LAT), (LON, LAT + north(60_000))))
    said = {"since": seconds(200), "at": seconds(1_700), "by": "person:1"}
    first = await roads.put(conn, [street], "network", **said)
    assert await roads.put(conn, [street], "network", **said) == first
    await understood(city, 1_700)
    (case,) = await cases(conn, v)
    assert (case["started_at"], case["ended_at"]) == (seconds(200), seconds(1_000))
    assert [(s.id, s.roads) for s in await roads.sets(conn)] == [(first, 1)]


async def test_a_blind_zone_excuses_silence(city, conn):
    v, d = await a_car(conn)
    tunnel = Car().go(300, 50)
    lat = tunnel.points[-1].lat
    draft = geofences.circle(1, "隧道", "blind", LON / 1e7, lat / 1e7, 200)
    await geofences.create(conn, draft, since=START - timedelta(days=1), at=START, by="person:1")
    await send(conn, d, tunnel.quiet(1_000, 50).report().go(1_000, 50).points)
    await understood(city, 2_300)
    assert await cases(conn, v) == []


async def test_a_speed_zone_that_changes_judges_its_time_anew(city, conn):
    v, d = await a_car(conn)
    began = START - timedelta(days=1)
    quick, slow = (
        replace(geofences.circle(1, "校区", "speed", LON / 1e7, LAT / 1e7, 5_000), limit_kmh=kmh)
        for kmh in (90, 50)
    )
    zone = await geofences.create(conn, quick, since=began, at=START, by="person:1")
    await send(conn, d, Car().go(180, 80).go(1_300, 10).points)
    await understood(city, 1_500)
    assert await cases(conn, v) == []
    corrected = await geofences.change(conn, zone, slow, since=began, at=START, by="person:1")
    await understood(city, 1_500)
    (fact,) = await facts(conn, v)
    assert (fact["rule"], fact["peak"], fact["bound"]) == (Rule.OVERSPEED, 800, 500)
    assert [c["state"] for c in await cases(conn, v)] == ["auto_cleared"]
    await geofences.undo(conn, corrected, at=START, by="person:1")
    await understood(city, 1_500)
    assert await facts(conn, v) == []
    assert [c["state"] for c in await cases(conn, v)] == ["withdrawn_by_data"]


async def test_our_own_outage_excuses_silence(city, conn):
    v, d = await a_car(conn)
    await conn.execute("INSERT INTO intake_outage VALUES ($1, $2)", seconds(350), seconds(1_200))
    await send(conn, d, Car().go(300, 50).quiet(1_000, 50).report().go(1_000, 50).points)
    await understood(city, 2_300)
    assert await cases(conn, v) == []


async def test_a_terminal_that_is_taken_off_is_not_missed(city, conn):
    v, d = await a_car(conn)
    w, e = await a_car(conn)
    for device in (d, e):
        await send(conn, device, Car().go(300, 50).points)
    await understood(city, 2_000)
    assert [c["state"] for c in await cases(conn, v)] == ["raised"]
    for vehicle_id, off in ((v, 1_500), (w, 600)):
        await conn.execute(
            "UPDATE binding SET during = tstzrange(lower(during), $2) WHERE vehicle_id = $1",
            *(vehicle_id, seconds(off)),
        )
        await conn.execute(
            "INSERT INTO vehicle_mark (vehicle_id, lo, hi) VALUES ($1, $2, $3)",
            *(vehicle_id, seconds(off), seconds(90_000)),
        )
    await understood(city, 2_100)
    (case,), (other,) = await cases(conn, v), await cases(conn, w)
    assert (case["state"], case["ended_at"]) == ("auto_cleared", seconds(1_500))
    assert other["state"] == "withdrawn_by_data"
    await understood(city, 400_000)
    assert [c["severity"] for c in await cases(conn, v)] == [2]


async def test_an_outage_of_the_watch_is_noted(conn):
    await conn.execute("INSERT INTO intake_watch (listened) VALUES ($1)", START)
    moved = "UPDATE intake_watch SET listened = $1, deaf_until = $2"
    await conn.execute(moved, seconds(10), None)
    await conn.execute(moved, seconds(500), seconds(490))
    await conn.execute(moved, seconds(510), seconds(490))
    rows = await conn.fetch("SELECT since, until FROM intake_outage")
    assert [tuple(r) for r in rows] == [(seconds(10), seconds(490))]


async def test_people_acknowledge_and_close(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, upto(SPEEDING, 150))
    await understood(city, 150)
    case_id = (await cases(conn, v))[0]["id"]
    seen = await alarms.acknowledge(conn, case_id, by="person:7", at=seconds(160), note="在查")
    assert seen.state == "acknowledged"
    with pytest.raises(alarms.CaseSettled):
        await alarms.acknowledge(conn, case_id, by="person:7", at=seconds(161))
    await send(conn, d, SPEEDING)
    await understood(city, 1_300)
    seen, _ = await alarms.find_case(conn, case_id)
    assert (seen.state, seen.ended_at) == ("acknowledged", seconds(180))
    closed = await alarms.close(
        conn, case_id, "violation", by="person:7", at=seconds(1_400), note="确认超速"
    )
    assert (closed.state, closed.outcome, closed.causes) == ("closed", "violation", ("own",))
    with pytest.raises(alarms.CaseSettled):
        await alarms.close(conn, case_id, "legit", by="person:7", at=seconds(1_500))
    _, events = await alarms.find_case(conn, case_id)
    assert [(e.kind, e.actor) for e in events] == [
        ("opened", None),
        ("acknowledged", "person:7"),
        ("cleared", None),
        ("closed", "person:7"),
    ]
    assert events[3].detail == {"note": "确认超速", "outcome": "violation"}
    audited = await conn.fetch("SELECT actor, action, object FROM audit_entry ORDER BY seq")
    assert [tuple(r) for r in audited] == [
        ("person:7", "alarm.acknowledge", f"alarm_case:{case_id}"),
        ("person:7", "alarm.close", f"alarm_case:{case_id}"),
    ]


async def test_a_closed_case_stays_closed_whatever_the_data_say(city, conn):
    v, d = await a_car(conn)
    await send(conn, d, SPEEDING)
    await understood(city, 1_300)
    case_id = (await cases(conn, v))[0]["id"]
    await alarms.close(conn, case_id, "legit", by="person:7", at=seconds(1_400))
    off = alarms.Setting(enabled=False)
    said = {"since": START - timedelta(days=1), "by": "person:1"}
    for at_s, setting in ((1_500, off), (1_600, alarms.Setting(enabled=True))):
        await alarms.set_rule(
            conn, alarms.Scope(), Rule.OVERSPEED, setting, at=seconds(at_s), **said
        )
        await understood(city, at_s)
    (case,) = await cases(conn, v)
    assert (case["state"], case["outcome"], case["fact_id"] is None) == ("closed", "legit", False)
    kinds = ["opened", "closed", "withdrawn_by_data", "restored"]
    assert await history(conn, case_id) == kinds


async def test_cases_are_never_deleted_nor_their_history_changed(city, conn):
    _, d = await a_car(conn)
    await send(conn, d, SPEEDING)
    await understood(city, 1_300)
    for what in ("DELETE FROM alarm_case", "UPDATE alarm_case_event SET kind = 'closed'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError) as seen:
            await conn.execute(what)
        assert "append-only" in str(seen.value)


async def test_lists_are_filtered_and_paged(city, conn):
    found = {}
    for pool_id in (1, 2):
        for _ in range(3):
            v, d = await a_car(conn, pool_id)
            await send(conn, d, SPEEDING)
            found[v] = pool_id
    await understood(city, 1_300)
    ours = alarms.Query(pools=[2])
    one = await alarms.cases(conn, ours, at_most=2)
    two = await alarms.cases(conn, ours, after=one.next, at_most=2)
    listed = [c.vehicle_id for c in (*one.cases, *two.cases)]
    assert (sorted(listed), two.next) == ([v for v, p in found.items() if p == 2], None)
    assert await alarms.open_counts(conn) == {}
    none = alarms.Query(rules=[Rule.FATIGUE])
    assert (await alarms.cases(conn, none)).cases == []
    cleared = alarms.Query(states=["auto_cleared"], severities=[2], open=False)
    assert {c.pool_id for c in (await alarms.cases(conn, cleared)).cases} == {1, 2}
    with pytest.raises(alarms.UnknownCase):
        await alarms.find_case(conn, one.cases[0].id, pools=[1])


DAY = (
    Car(ignition=0)
    .park(600)
    .go(600, 100)
    .go(100, 145, reported_flags=CUT)
    .go(300, 60)
    .stand(1_500)
    .quiet(800)
    .report()
    .go(700, 80)
    .park(900)
    .points
)


@settings(
    max_examples=20 if FULL else 4,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.randoms(use_true_random=False))
async def test_any_order_gives_the_same_facts(city, rng):
    async with city.acquire() as conn:
        straight, first = await a_car(conn)
        shuffled, second = await a_car(conn)
        await send(conn, first, DAY)
        parcels = list(DAY) + rng.sample(DAY, 20)
        rng.shuffle(parcels)
        for at in range(0, len(parcels), 60):
            await send(conn, second, parcels[at : at + 60])
            if rng.random() < 0.5:
                await understood(city, 8_000)
        await understood(city, 8_000)
        one, other = await facts(conn, straight), await facts(conn, shuffled)
        assert [f["rule"] for f in one] == [9, 12, 13, 24]
        assert json.dumps(one) == json.dumps(other)
        open_ = [c for c in await cases(conn, shuffled) if c["fact_id"] is not None]
        assert len(open_) == len(other)
