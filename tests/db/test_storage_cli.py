"""`gongche retention` as a person types it."""

import asyncio
import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from dispatch.run.cli_retention import app
from dispatch.run.cli_settings import settings
from tests.storing import DAY, WEEK, weeks_from
from tests.understanding import bind, terminal, vehicle


@pytest.fixture
def gongche(dsn, tmp_path):
    """Runs a verb on the test's database."""

    async def verb(*words, **more):
        env = {"GONGCHE_DATABASE_URL": dsn, "GONGCHE_DATA_DIR": str(tmp_path)} | more

        def invoke():
            settings.cache_clear()
            try:
                return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)
            finally:
                settings.cache_clear()

        done = await asyncio.to_thread(invoke)
        assert done.exit_code == 0, done.output
        return done.stdout

    return verb


async def test_the_verbs_say_what_is_kept_and_let_go_what_is_due(gongche, conn, clock, tmp_path):
    start = clock.now() - 400 * DAY
    await weeks_from(conn, start, 3)
    await weeks_from(conn, clock.now() - WEEK, 1)
    await conn.execute("ANALYZE fix")
    said = await gongche("status")
    assert "nothing went yet" in said
    assert "disk        unknown" in said
    found = json.loads(await gongche("status", "--json", GONGCHE_DISK_PATH=str(tmp_path)))
    assert found["disk"]["level"] in ("ok", "warn", "low", "full")
    weeks = [w for w in found["weeks"] if w["rows"]]
    assert [w["kept_by"] for w in weeks] == ["", "", "", "age"]
    ran = json.loads(await gongche("run", "--json"))
    assert ran["dropped"] == [w["name"] for w in weeks[:3]]
    assert "before" in await gongche("status")
    actions = await conn.fetch("SELECT action, actor FROM audit_entry")
    assert {a["action"] for a in actions} == {"fixes.drop"}
    assert all(a["actor"].startswith("command:") for a in actions)


async def test_a_hold_is_placed_by_the_cars_code_and_released(gongche, conn, clock):
    car, device = await vehicle(conn), await terminal(conn)
    since = clock.now() - 400 * DAY
    await bind(conn, device, car, since - DAY)
    await weeks_from(conn, since, 1)
    code = await conn.fetchval("SELECT code FROM vehicle WHERE id = $1", car)
    frm = f"{since - timedelta(days=1):%Y-%m-%d}"
    assert "hold 1" in await gongche("hold", code, "--from", frm, "--reason", "case 7")
    assert json.loads(await gongche("run", "--json"))["trimmed"]
    await gongche("release", "1")
    assert json.loads(await gongche("run", "--json"))["dropped"]
    actions = [r["action"] for r in await conn.fetch("SELECT action FROM audit_entry ORDER BY seq")]
    assert actions == ["hold.place", "fixes.trim", "hold.release", "fixes.drop"]


async def test_old_plans_go_with_the_raw_data(gongche, conn, clock):
    old = (clock.now() - 100 * DAY).date()
    await conn.execute(
        "INSERT INTO plan_run (day, trigger, state, asked_at, problem, solution) "
        """VALUES ($1, 'asked', 'done', $2, '{"tasks": []}', '{"duties": [], "costs": {}}')""",
        old,
        clock.now(),
    )
    assert f"plans       1 whole since {old}" in await gongche("status")
    assert json.loads(await gongche("run", "--json", GONGCHE_PLAN_DAYS="101"))["forgotten"] == {}
    assert json.loads(await gongche("run", "--json"))["forgotten"] == {"plans": 1}
    assert json.loads(await gongche("status", "--json"))["plans"]["shed"] == 1
    assert await conn.fetchval("SELECT solution FROM plan_run") == {"costs": {}}
