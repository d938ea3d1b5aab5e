"""A car breaks down: the dispatcher sees what would move, and lets it move."""

import pytest

from tests.browser.test_desks import fill
from tests.browser.town import said

pytestmark = pytest.mark.browser


async def assigned(chromium, town):
    """A console on which one request has just been given a car, and that car's plate."""
    page = await town.open(chromium, "requester", "/portal/")
    await fill(
        page,
        purpose_text="赴宁国检查防汛准备",
        **{"from": "市级平台", "to": "宁国平台"},
        lead="带队人01",
        passengers="3",
        depart="2026-03-04T13:00",
        back="2026-03-04T17:00",
    )
    await page.click("button[type=submit]")
    await page.wait_for_selector("[data-request]")
    desk = await town.open(chromium, "approver", "/portal/#approve")
    await desk.click("[data-request] .row")
    await desk.click("text=同意")
    await desk.wait_for_selector("text=没有待审批的申请")
    console = await town.open(chromium, "dispatcher", "/console/")
    await console.wait_for_selector("[data-test=queue] [role=option]")
    for key in ("j", "a"):
        await console.keyboard.press(key)
    await console.wait_for_selector("[data-test=candidates] [role=option]")
    await console.keyboard.press("1")
    await console.keyboard.press("Enter")
    await console.wait_for_selector("[data-test=order]")
    return console, await holder(town)


async def holder(town):
    async with town.pool.acquire() as conn:
        return await conn.fetchval(
            "SELECT number FROM leg JOIN vehicle_plate v USING (vehicle_id) JOIN plate p ON p.id = v.plate_id "
            "WHERE kind = 'trip' AND status = 'assigned'"
        )


async def test_its_order_moves_to_another_car_once_that_is_confirmed(chromium, town):
    console, plate = await assigned(chromium, town)
    async with town.pool.acquire() as conn:
        device = await conn.fetchval(
            "SELECT d.name FROM leg JOIN binding b USING (vehicle_id) JOIN device d ON d.id = b.device_id"
        )
    await town.drive((device, said(118.74, 30.93, 0, 0.0)))
    await console.keyboard.press("Escape")
    await console.click("text=列表")
    await console.locator('[data-test="vehicle-list"] tbody tr', has_text=plate).click()
    await console.click("[data-test=breakdown]")
    assert await console.locator("[data-test=apply-breakdown]").is_disabled()
    await console.click("[data-test=propose-breakdown]")
    moves = console.locator("[data-test=breakdown-moves] tbody tr")
    await moves.first.wait_for()
    assert plate not in await moves.inner_text()
    assert await holder(town) == plate, "nothing has moved yet"
    await console.click("[data-test=apply-breakdown]")
    await console.wait_for_selector("text=已停用：改派 1 单")
    elsewhere = await holder(town)
    assert elsewhere not in (plate, None)
    await console.click("[data-test=repaired]")
    await console.click("[data-test=end-breakdown]")
    await console.wait_for_selector(f"text={plate} 已恢复使用")
    assert await holder(town) == elsewhere, "its order stays where it is"
    await console.wait_for_selector("[data-test=repaired]", state="hidden")
    assert console.errors == []
