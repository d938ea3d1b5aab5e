"""The demo: on this machine only, never on real data, begun anew, and honest about itself."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from dispatch import access
from dispatch.kernel import db
from dispatch.kernel.errors import Invalid
from dispatch.run import scenario
from dispatch.run.city import first_day
from dispatch.run.demo import demo_settings
from dispatch.run.errors import NotADemo, NotLoopback
from dispatch.run.settings import Settings
from tests.run.waiting import until
from tests.suite import FULL

AT = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
DEMO = [sys.executable, "-m", "dispatch.run", "demo"]


@pytest.fixture
def data_dir():
    folder = Path(tempfile.mkdtemp(prefix="gc-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "cars.example", "::"])
@pytest.mark.parametrize("mouth", ["http_host", "door_host"])
def test_a_demo_listens_on_this_machine_only(mouth, host):
    with pytest.raises(NotLoopback, match=f"GONGCHE_{mouth.upper()}"):
        demo_settings(Settings(**{mouth: host}))


def test_a_demo_has_a_folder_of_its_own_unless_one_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("GONGCHE_DATA_DIR", raising=False)
    real = Settings()
    assert demo_settings(real).data_dir == real.data_dir.with_name(f"{real.data_dir.name}-demo")
    assert demo_settings(Settings(data_dir=tmp_path)).data_dir == tmp_path


def test_the_named_workday_and_a_date_say_where_history_begins():
    assert first_day("workday", 2).isoformat() == "2026-03-02"
    assert first_day("2026-05-06", 1).isoformat() == "2026-05-05"
    with pytest.raises(Invalid, match="someday"):
        first_day("someday", 2)


async def test_a_scenario_is_begun_anew(dsn):
    token = await scenario.start(dsn, AT)
    async with await db.open_pool(dsn, at_most=1) as pool, pool.acquire() as conn:
        who = await access.of_token(conn, token, AT)
        assert who.holds(access.Role.SYSTEM_ADMIN)
        assert "clock" in who.scopes
    await scenario.begin_anew(dsn)
    conn = await asyncpg.connect(dsn)
    assert await conn.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    await conn.close()
    await scenario.begin_anew(dsn)


async def test_real_data_is_never_taken_for_a_demo(dsn, pool):
    with pytest.raises(NotADemo):
        await scenario.begin_anew(dsn)
    async with pool.acquire() as conn:
        assert await conn.fetchval("SELECT scenario FROM product_clock") is False


async def test_a_database_of_something_else_is_left_alone(server_dsn, dsn):
    conn = await asyncpg.connect(dsn)
    await conn.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE theirs ()")
    with pytest.raises(NotADemo):
        await scenario.begin_anew(dsn)
    assert await conn.fetchval("SELECT count(*) FROM theirs") == 0
    await conn.close()


@pytest.mark.city
def test_a_small_demo_takes_free_ports_says_so_and_judges_itself(data_dir):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        file = data_dir.parent / "report.json"
        done = subprocess.run(
            [*DEMO, "--for", "5", "--cars", "18", "--history-days", "0", "--report", file],
            env={
                **os.environ,
                "GONGCHE_DATA_DIR": str(data_dir),
                "GONGCHE_DOOR_PORT": str(port),
                "GONGCHE_HTTP_PORT": str(port),
            },
            capture_output=True,
            text=True,
            timeout=290,
            check=False,
        )
    assert f"{port} 已被占用" in done.stderr
    report = json.loads(file.read_text())
    assert done.returncode == 1, "eighteen cars in five seconds cannot be enough"
    assert "orders_completed >= 40" in report["shortfalls"]
    assert report["acked_missing"] == 0
    assert report["fixes_acked"] > 0
    assert report["fixes_committed"] >= report["fixes_acked"]
    assert report["ready_s"] > 0
    judged = subprocess.run(
        [sys.executable, "-m", "dispatch.run", "judge"],
        env={**os.environ, "GONGCHE_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert f"fixes acknowledged: {report['fixes_acked']} compared, 0 differ" in judged.stdout


def killed_and_heard_again(data_dir, role, report):
    before = pids(data_dir)[role]
    os.kill(before, signal.SIGKILL)
    until(lambda: pids(data_dir).get(role, before) != before, f"{role} again")
    heard = acknowledged(data_dir)
    until(lambda: acknowledged(data_dir) > heard or report.exists(), "heard again")


@pytest.mark.city
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_when_parts_are_killed_in_the_middle(data_dir):
    file = data_dir.parent / "report.json"
    hours = (
        ("--history-days", "1", "--for", "1")
        if FULL
        else ("--history-days", "0", "--for", "40", "--speed", "60")
    )
    with (data_dir.parent / "said").open("wb") as said:
        demo = subprocess.Popen(
            [*DEMO, *hours, "--cars", "18", "--report", file],
            env={**os.environ, "GONGCHE_DATA_DIR": str(data_dir)},
            stdout=said,
            stderr=said,
        )
    try:
        until(lambda: acknowledged(data_dir) > 10, "the city is acknowledged")
        for role in ("ingest", "understand", "postgres"):
            killed_and_heard_again(data_dir, role, file)
        demo.wait(500)
    finally:
        demo.kill()
        demo.wait()
    report = json.loads(file.read_text())
    assert report["acked_missing"] == 0
    assert report["fixes_acked"] > (5_000 if FULL else 50)
    assert report["fixes_committed"] == report["fixes_acked"]


def pids(data_dir):
    return json.loads((data_dir / "run.json").read_text())["pids"]


def acknowledged(data_dir):
    """How many fixes the city knows to be acknowledged; 0 before it keeps any."""
    try:
        with closing(sqlite3.connect(f"file:{data_dir}/city/truth.sqlite?mode=ro", uri=True)) as db:
            return db.execute("SELECT count(*) FROM acked").fetchone()[0]
    except sqlite3.OperationalError:
        return 0
