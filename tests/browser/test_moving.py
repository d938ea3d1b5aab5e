"""A plan moves an order that nobody accepted: the dispatcher allows it, and the driver is told."""

import pytest

from dispatch import orders, requests
from dispatch.orders import plans
from tests import orders_city
from tests.browser.test_phone import PHONE
from tests.browser.test_plan import asked
from tests.browser.town import MORNING
from tests.orders_city import who

pytestmark = pytest.mark.browser


@pytest.fixture
async def order(town):
    """A city trip on a car and driver of Ningguo, though the city's own are free; not accepted."""
    approver = who(town.people["approver"], ("unit_approver", None, town.unit))
    request_id = await asked(town)
    async with town.pool.acquire() as conn:
        async with conn.transaction():
            await orders.approve(conn, request_id, "approved", approver, MORNING)
        car = await conn.fetchval("SELECT id FROM vehicle WHERE code = 'V-NG1'")
        driver = await conn.fetchval(
            "SELECT d.id FROM driver d JOIN person p ON p.id = d.person_id WHERE p.code = 'D-NG'"
        )
        town.people["driver"] = await conn.fetchval("SELECT id FROM person WHERE code = 'D-NG'")
        request = await requests.get(conn, request_id)
        return await orders_city.assigned(conn, request, car, driver, now=MORNING)


async def test_what_is_not_accepted_moves_if_the_dispatcher_says_so(chromium, town, order):
    desk = await town.open(chromium, "dispatcher", "/console/")
    await desk.click("[data-test=open-plan]")
    await desk.check("[data-test=may-move]")
    await desk.click("[data-test=run-plan]")
    await desk.wait_for_selector("[data-test=plan-progress]")
    assert await plans.plan_next(town.pool, lambda: MORNING)
    row = desk.locator(f"[data-test=plan-trips] li[data-request='{order.request_id}']")
    await row.wait_for()
    assert await row.get_attribute("data-what") == "moved"
    assert "原 皖PNG001" in await row.inner_text()
    await desk.click("[data-test=apply-plan]")
    await desk.wait_for_selector("[data-test=plan-outcome] >> text=调整 1 单")
    assert desk.errors == []

    phone = await town.open(chromium, "driver", "/driver/", **PHONE)
    told = phone.locator("[data-test=changes]")
    await told.wait_for()
    assert order.order_no in await told.inner_text()
    assert "您不用出车" in await told.inner_text()
    assert await phone.locator("[data-order]").count() == 0
    await phone.click("text=知道了")
    await told.wait_for(state="detached")
    await phone.reload()
    await phone.wait_for_selector("text=今天没有派给您的任务")
    assert await told.count() == 0
    assert phone.errors == []


async def test_who_loses_an_order_by_hand_reads_it_on_the_phone(chromium, town, order):
    async with town.pool.acquire() as conn, conn.transaction():
        car, driver = await conn.fetchrow(
            "SELECT v.vehicle_id, d.driver_id FROM vehicle_pool v JOIN driver_pool d USING (pool_id) "
            "JOIN pool p ON p.id = pool_id WHERE p.code = 'XZ' ORDER BY 1, 2 LIMIT 1"
        )
        xz = await conn.fetchval("SELECT id FROM pool WHERE code = 'XZ'")
        dispatcher = who(town.people["dispatcher"], ("dispatcher", xz, None))
        await orders.reassign(conn, order.id, orders.Choice(car, driver), dispatcher, MORNING)
    phone = await town.open(chromium, "driver", "/driver/", **PHONE)
    told = phone.locator("[data-test=changes]")
    await told.wait_for()
    assert order.order_no in await told.inner_text()
    assert "您不用出车" in await told.inner_text()
    await phone.click("text=知道了")
    await told.wait_for(state="detached")
    assert phone.errors == []
