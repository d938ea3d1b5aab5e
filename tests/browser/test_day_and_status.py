"""A vehicle's day, the visits of a fence and the page of the works, in a real browser."""

from datetime import timedelta

import pytest

from tests.browser.town import MORNING
from tests.driven_day import a_trip, a_visit, along_it, an_expressway

pytestmark = pytest.mark.browser

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LAST_WEEK = MORNING - 6 * DAY
"""08:30 on the Thursday before."""


async def number(conn, code):
    return await conn.fetchval("SELECT id FROM vehicle WHERE code = $1", code)


@pytest.fixture
async def driven(town):
    """A car that drove along the expressway last Thursday: its id."""
    async with town.pool.acquire() as conn:
        car = await number(conn, "F-XZ7")
        own = await conn.fetchval("SELECT id FROM pool WHERE code = 'XZ'")
        await an_expressway(conn, MORNING - 20 * DAY)
        await along_it(conn, "fleet-7", LAST_WEEK)
        await a_trip(
            conn, car, own, "XZ202602260001", (LAST_WEEK, LAST_WEEK + HOUR),
            (35_800, 90_000, 36_000), (35_800, "gps", ["device_odometer", "variance"]),
        )  # fmt: skip
        fence = await conn.fetchval("SELECT id FROM fence WHERE pool_id = $1", own)
        await a_visit(conn, car, fence, LAST_WEEK - HOUR, LAST_WEEK)
        await a_visit(conn, car, fence, LAST_WEEK + 2 * HOUR, None)
    return car


def day_of(car, day="2026-02-26"):
    return f"/console/#/track?vehicle={car}&day={day}"


async def test_a_day_is_replayed_by_mouse_and_by_keys(chromium, town, driven):
    page = await town.open(chromium, "dispatcher", day_of(driven))
    moment = page.locator("[data-test=moment]")
    await page.locator("[data-test=moment] + span", has_text="108 km/h").wait_for()
    assert await moment.inner_text() == "08:30:00"
    await page.locator("h2").click()
    for _ in range(2):
        await page.keyboard.press("ArrowRight")
    assert await moment.inner_text() == "08:32:00"
    await page.keyboard.press("ArrowLeft")
    assert await moment.inner_text() == "08:31:00"
    await page.get_by_label("倍速").select_option("1200")
    await page.click("[data-test=play]")
    await page.get_by_role("button", name="播放").wait_for()
    assert await moment.inner_text() >= "08:49:50", "played to the last fix, and stopped there"
    assert page.errors == []


async def test_a_trip_shows_three_witnesses_and_who_was_believed(chromium, town, driven):
    page = await town.open(chromium, "dispatcher", day_of(driven))
    trip = page.locator("[data-test=trips] tbody")
    await trip.get_by_text("XZ202602260001").wait_for()
    cells = await trip.locator("tr").nth(1).locator("td").all_inner_texts()
    said = [cell.split("\n")[0].strip() for cell in cells]
    assert said[0] == "采用 定位"
    assert [s[:4] for s in said[1:]] == ["35.8", "90.0", "36.0", "54.2"]
    assert await trip.locator(".chip.go").get_attribute("title") == "采用值"
    assert await trip.locator(".chip.bad").get_attribute("title") == "与另两者不符"
    await page.locator("[data-test=trips]").get_by_role("button").click()
    assert await page.locator("[data-test=moment]").inner_text() == "08:30:00"
    assert page.errors == []


async def test_a_drive_without_a_toll_and_the_fences_of_the_day_are_listed(chromium, town, driven):
    page = await town.open(chromium, "dispatcher", day_of(driven))
    await page.locator("[data-test=untolled]").get_by_text("无通行费").wait_for()
    assert "35.7 km" in await page.locator("[data-test=untolled]").inner_text()
    stays = page.locator("[data-test=visits] li")
    await stays.nth(1).get_by_text("目前在内").wait_for()
    await stays.nth(0).get_by_role("link").click()
    await page.locator("[data-test=fence-facts]").wait_for()
    assert page.errors == []


async def test_a_day_on_which_nothing_was_says_so_in_both_languages(chromium, town, driven):
    page = await town.open(chromium, "dispatcher", day_of(driven, "2026-02-25"))
    for words in (
        "当天没有轨迹",
        "该时段没有已完成的出车",
        "没有超过 72 小时仍未收到通行费的高速行驶",
        "该时段没有进出围栏",
    ):
        await page.get_by_text(words).wait_for()
    await page.get_by_role("button", name="EN").click()
    await page.get_by_text("No trip ended in that time").wait_for()
    await page.get_by_text("In no fence in that time").wait_for()
    assert page.errors == []


async def test_a_fence_lists_its_visits_and_leads_to_the_day(chromium, town, driven):
    page = await town.open(chromium, "dispatcher", "/console/#/fences")
    await page.locator("[data-test=fences] li").first.click()
    visits = page.locator("[data-test=visits]")
    await visits.locator("tbody tr").first.get_by_text("目前在内").wait_for()
    assert await visits.locator("tbody tr").count() == 1, "who came before is not of today"
    await visits.get_by_label("时段").select_option("7")
    await visits.get_by_text("1:00", exact=True).wait_for()
    assert await visits.locator("tbody tr").count() == 2
    await visits.get_by_label("截至").fill("2026-01-31")
    await visits.get_by_text("该时段没有车辆进出").wait_for()
    await visits.get_by_label("截至").fill("2026-02-26")
    await visits.get_by_role("link", name="皖P00007").last.click()
    await page.wait_for_url(lambda url: f"vehicle={driven}" in url and "day=2026-02-26" in url)
    assert page.errors == []


async def test_the_works_are_seen_by_those_who_keep_them(chromium, town):
    async with town.pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO process_heartbeat (role, host, pid, started_at, seen_at, detail)"
            " VALUES ('door', 'server-1', 4711, now(), now(), '{\"devices\": 12}')"
        )
    page = await town.open(chromium, "dispatcher", "/console/#/status")
    row = page.locator("tr", has_text="4711")
    await row.get_by_text("正常").wait_for()
    await page.get_by_text("数据接入与理解").wait_for()
    await page.get_by_role("button", name="EN").click()
    await page.get_by_text("Intake and understanding").wait_for()
    assert page.errors == []


async def test_a_process_that_fell_silent_is_down(chromium, town):
    async with town.pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO process_heartbeat (role, host, pid, started_at, seen_at, detail)"
            " VALUES ('understand', 'server-1', 4712, now() - interval '1 day', now() - interval '1 hour', '{}')"
        )
    page = await town.open(chromium, "dispatcher", "/console/#/status")
    chip = page.locator("tr", has_text="4712").locator(".chip")
    await chip.wait_for()
    assert "bad" in (await chip.get_attribute("class") or "").split()
    assert page.errors == []
