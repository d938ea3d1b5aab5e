"""The desks of telemetry in a real browser: devices, quarantine, fences, alarms."""

import pytest

from telemetry import devices, positions
from tests.browser.town import MORNING
from tests.flows.test_web_alarms import case
from tests.website import id_of

pytestmark = pytest.mark.browser


async def test_who_may_not_dispatch_begins_on_a_page_of_their_own_without_a_refusal(chromium, town):
    async with town.pool.acquire() as conn:
        town.people["keeper"] = await id_of(conn, "person", "A-1")
    page = await town.open(chromium, "keeper", "/console/")
    refused = []
    page.on("response", lambda r: r.status == 403 and refused.append(r.url))
    await page.reload()
    await page.locator("[data-test=devices] tr").first.wait_for()
    assert [url for url in refused if not url.split("?")[0].endswith("/vehicles")] == []
    assert await page.locator(".el-message").count() == 0
    assert page.errors == []


async def test_who_knocked_is_approved_onto_a_car_and_its_token_is_shown_once(chromium, town):
    async with town.pool.acquire() as conn:
        await devices.refuse(conn, "bd-new", "unknown", "10.20.3.4")
    page = await town.open(chromium, "dispatcher", "/console/#/devices?tab=refused")
    row = page.locator("[data-test=refused] tr", has_text="bd-new")
    await row.get_by_role("button", name="批准").click()
    form = page.locator("[data-test=device-dialog]")
    await form.get_by_role("combobox", name="选择车辆").fill("皖P00007")
    await page.get_by_role("option", name="皖P00007").click()
    await form.get_by_text("现有终端 fleet-7 将从此时起解除绑定").wait_for()
    await form.get_by_role("button", name="确定").click()
    shown = await page.locator("[data-test=token-text] textarea").input_value()
    async with town.pool.acquire() as conn:
        known = await devices.credential(conn, "bd-new")
        car = await conn.fetchval("SELECT id FROM vehicle WHERE code = 'F-XZ7'")
        (bound,) = await devices.history(conn, known.id)
    assert known.token_digest == devices.token_digest(shown)
    assert (bound.vehicle_id, bound.until) == (car, None)
    await page.get_by_role("button", name="已记下令牌").click()
    await page.get_by_text("没有等待批准的设备").wait_for()
    assert shown not in await page.content()
    await page.get_by_role("tab", name="已登记").click()
    device = page.locator("[data-test=devices] tr", has_text="bd-new")
    await device.get_by_text("皖P00007").wait_for()
    await device.get_by_role("button", name="停用").click()
    await page.get_by_role("button", name="确定").click()
    await device.get_by_text("已停用").wait_for()
    async with town.pool.acquire() as conn:
        assert not (await devices.find(conn, "bd-new")).enabled
    assert page.errors == []


async def test_a_payload_that_was_put_aside_is_read_byte_by_byte_and_settled(chromium, town):
    bad = b'{"lon": 118.7\x00\xff<img src=x onerror=alert(1)>'
    async with town.pool.acquire() as conn:
        entry = positions.Quarantined(
            "fleet-1", "gongche/v1/fleet-1/fix", "not-json", "", bad, MORNING
        )
        await positions.put_aside(conn, [entry])
    page = await town.open(chromium, "dispatcher", "/console/#/quarantine")
    row = page.locator("[data-test=quarantine] tbody tr")
    await row.get_by_text(f"{len(bad)} 字节").click()
    raw = page.locator("[data-test=raw] pre")
    assert "\\x00\\xff<img src=x" in await raw.inner_text()
    await page.get_by_role("tab", name="十六进制").click()
    assert "2e 37 00 ff 3c" in await raw.inner_text()
    await page.locator("[data-test=raw]").get_by_role("button", name="标记已处理").click()
    await page.get_by_text("隔离区没有待处理的报文").wait_for()
    assert page.errors == []


class Morning:
    """The clock of the town, as the helper that makes cases asks it."""

    def now(self):
        """08:30."""
        return MORNING


async def test_an_alarm_is_seen_on_every_page_looked_at_and_closed(chromium, town):
    async with town.pool.acquire() as conn:
        case_id = await case(conn, Morning(), "F-XZ3", 3, severity=3, ended_at=None)
        await case(conn, Morning(), "V-NG1", 3)
    page = await town.open(chromium, "dispatcher", "/console/")
    badge = page.locator("[data-test=alarm-badge]")
    await badge.get_by_text("1", exact=True).wait_for()
    await badge.click()
    await page.wait_for_selector("[data-test=alarms] li")
    await page.keyboard.press("j")
    shown = page.locator("[data-test=case]")
    await shown.get_by_text("123.4 km/h").wait_for()
    await page.keyboard.press("a")
    await shown.get_by_text("处理中").wait_for()
    await page.fill("[name=note]", "已电话提醒")
    await page.select_option("[name=outcome]", "violation")
    await shown.get_by_role("button", name="关闭").click()
    await shown.get_by_text("已电话提醒 · 违规").wait_for()
    await page.get_by_text("没有未结告警").wait_for()
    async with town.pool.acquire() as conn:
        row = await conn.fetchrow("SELECT state, outcome FROM alarm_case WHERE id = $1", case_id)
    assert tuple(row) == ("closed", "violation")
    assert page.errors == []


async def test_a_threshold_is_changed_with_its_unit_and_bounds(chromium, town):
    page = await town.open(chromium, "dispatcher", "/console/#/alarms?tab=rules")
    rules = page.locator("[data-test=rules]")
    await rules.get_by_role("button", name="长时间怠速").click()
    field = page.locator("[name=for_s]")
    await field.fill("5")
    save = rules.get_by_role("button", name="保存")
    assert await save.is_disabled()
    await field.fill("900")
    await rules.get_by_text("15 分钟").wait_for()
    await save.click()
    await rules.get_by_text("持续时间 900 s").wait_for()
    async with town.pool.acquire() as conn:
        row = await conn.fetchrow("SELECT rule, parameters, enabled FROM alarm_rule")
    assert tuple(row) == (24, {"for_s": 900}, None)
    assert page.errors == []


async def corners(page, *offsets):
    """Click the map at offsets from its middle, in pixels."""
    box = await page.locator("[data-test=fence-map]").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for x, y in offsets:
        await page.mouse.move(middle[0] + x, middle[1] + y)
        await page.mouse.click(middle[0] + x, middle[1] + y)
    return middle


async def test_a_fence_is_drawn_dragged_saved_ended_and_brought_back(chromium, town):
    page = await town.open(chromium, "dispatcher", "/console/#/fences")
    await page.wait_for_selector("[data-test=fence-map][data-ready=true]")
    await page.click("[data-test=draw-polygon]")
    x, y = await corners(page, (-80, -60), (70, -70), (90, 60), (-60, 80))
    await page.keyboard.press("Enter")
    await page.get_by_text("形状可用").wait_for()
    await page.fill("[name=name]", "新围栏")
    await page.mouse.move(x + 90, y + 60)
    await page.mouse.down()
    await page.mouse.move(x + 120, y + 80, steps=3)
    await page.mouse.move(x + 150, y + 100, steps=3)
    await page.mouse.up()
    save = page.get_by_role("button", name="保存")
    await save.click()
    entry = page.locator("[data-test=fences] li", has_text="新围栏")
    await entry.wait_for()

    async def shapes():
        async with town.pool.acquire() as conn:
            rows = await conn.fetch(
                "SELECT v.shape FROM fence_version v JOIN fence f ON f.id = v.fence_id WHERE f.name = '新围栏'"
            )
        return [row["shape"]["coordinates"][0] for row in rows]

    (drawn,) = await shapes()
    assert len(drawn) == 5
    west, _, third, east = sorted({corner[0] for corner in drawn})
    assert (east - west) / (third - west) == pytest.approx(230 / 150, rel=0.02), "dragged"

    await page.keyboard.press("Delete")
    await entry.wait_for(state="detached")
    await page.keyboard.press("Control+z")
    await entry.wait_for()
    assert await shapes() == [drawn]
    assert page.errors == []


async def test_a_step_of_drawing_is_undone_and_what_crosses_itself_is_shown(chromium, town):
    page = await town.open(chromium, "dispatcher", "/console/#/fences")
    await page.wait_for_selector("[data-test=fence-map][data-ready=true]")
    await page.click("[data-test=draw-polygon]")
    await corners(page, (-80, -60), (80, 60), (80, -60), (-80, 60))
    await page.keyboard.press("Enter")
    await page.get_by_text("边界自相交").wait_for()
    assert await page.get_by_role("button", name="保存").is_disabled()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="取消", exact=True).last.click()
    await page.locator("[data-test=fence-form]").wait_for(state="detached")
    await page.click("[data-test=draw-polygon]")
    await corners(page, (-80, -60), (80, -60), (80, 60), (0, 0))
    await page.keyboard.press("Control+z")
    await corners(page, (-80, 60))
    await page.keyboard.press("Enter")
    await page.get_by_text("形状可用").wait_for()
    await page.fill("[name=name]", "四角")
    await page.get_by_role("button", name="保存").click()
    await page.locator("[data-test=fences] li", has_text="四角").wait_for()
    async with town.pool.acquire() as conn:
        shape = await conn.fetchval(
            "SELECT shape FROM fence_version v JOIN fence f ON f.id = v.fence_id WHERE f.name = '四角'"
        )
    west, south, east, north = (
        f(c[i] for c in shape["coordinates"][0])
        for f, i in ((min, 0), (min, 1), (max, 0), (max, 1))
    )
    assert {tuple(c) for c in shape["coordinates"][0]} == {
        (west, south),
        (west, north),
        (east, south),
        (east, north),
    }
    assert page.errors == []
