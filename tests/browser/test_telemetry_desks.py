"""The desks of telemetry in a real browser: devices, quarantine, fences, alarms."""

import pytest

from telemetry import devices

pytestmark = pytest.mark.browser


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
