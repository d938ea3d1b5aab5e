"""Recorded fixes go through the API and the door like anyone's; a broken file leaves no trace."""

import asyncio
from datetime import timedelta

import pytest

from dispatch.kernel.calendar import SHANGHAI, business_day
from simulators import crowd
from simulators.recording import BrokenCsv
from simulators.replay import KeepsTimes, Playback, play
from tests import website
from tests.flows.ingest_door import door

HEAD = "longitude,latitude,timestamp,name_id\n"


@pytest.fixture
async def system(pool, clock, conn, dsn):
    """Where the pages and the door are, and an administrator's token."""
    token = await website.administrator(conn)
    async with website.served(pool, clock) as (address, _), door(dsn) as port:
        yield f"http://{address}", ("127.0.0.1", port), token


async def test_recorded_taxis_are_registered_and_their_day_is_today_or_yesterday(
    system, conn, clock, tmp_path
):
    file = tmp_path / "taxis.csv"
    rows = [
        f"119.{n:03},31.2,2020-07-18 09:{n % 60:02}:{n % 7:02},00866{n % 4}" for n in range(200)
    ]
    file.write_text(HEAD + "\n".join(rows), "utf-8")
    playback = Playback(file, *system, speed=0, keep_times=False)
    for _ in range(2):  # a second time: known vehicles, new passwords, the same fixes
        said = await play(playback, lambda _: None, asyncio.Event())
        assert said["devices"] == 4
    stored = await conn.fetch("SELECT DISTINCT ts FROM fix")
    assert await conn.fetchval("SELECT count(*) FROM fix") == len(set(rows))
    assert await conn.fetchval("SELECT count(*) FROM binding") == 4
    days = {business_day(row["ts"]) for row in stored}
    today = business_day(clock.now())
    assert days in ({today}, {today - timedelta(days=1)})
    assert {row["ts"].astimezone(SHANGHAI).hour for row in stored} == {9}
    assert await conn.fetchval("SELECT count(*) FROM quarantine") == 0


async def test_a_broken_file_registers_nobody(system, conn, tmp_path):
    file = tmp_path / "taxis.csv"
    file.write_text(HEAD + "119,31,2020-07-18 09:00:00,a\n119,31,noon,b\n", "utf-8")
    with pytest.raises(BrokenCsv, match="line 3: timestamp is 'noon'"):
        await play(Playback(file, *system, 0, False), lambda _: None, asyncio.Event())
    assert await conn.fetchval("SELECT count(*) FROM vehicle") == 0
    assert await conn.fetchval("SELECT count(*) FROM device") == 0


async def test_recorded_times_are_kept_in_a_scenario_only(system, tmp_path):
    file = tmp_path / "taxis.csv"
    file.write_text(HEAD + "119,31,2020-07-18 09:00:00,a\n", "utf-8")
    with pytest.raises(KeepsTimes):
        await play(Playback(file, *system, 0, True), lambda _: None, asyncio.Event())


async def test_a_crowd_reports_and_every_report_is_stored(system, conn):
    said = await crowd.run(
        crowd.Crowd(*system, vehicles=5, hz=4.0, live_s=2.0), lambda _: None, asyncio.Event()
    )
    assert said["acked"] >= 15
    assert await conn.fetchval("SELECT count(*) FROM fix") == said["acked"]
    assert await conn.fetchval("SELECT count(DISTINCT device_id) FROM fix") == 5
