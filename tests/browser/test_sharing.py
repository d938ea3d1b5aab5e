"""A shared ride as its people see it: the asker's tick, the dispatcher's plan and order, the driver's stops."""

from datetime import timedelta

import pytest

from dispatch import orders, requests
from dispatch.orders import plans
from tests import orders_city
from tests.browser.test_phone import PHONE, check_ins, depart
from tests.browser.town import MORNING, Town
from tests.orders_city import who

pytestmark = pytest.mark.browser
NINE = MORNING + timedelta(hours=2)


async def asked(town: Town, minutes: int) -> int:
    """An approved request to Ningguo that may be shared."""
    clerk = who(town.people["requester"], ("requester", None, town.unit))
    approver = who(town.people["approver"], ("unit_approver", None, town.unit))
    ask = orders_city.ask(
        unit_id=town.unit,
        from_place=town.places["XZ"],
        to_place=town.places["NG"],
        depart_at=NINE + timedelta(minutes=minutes),
        return_at=NINE + timedelta(hours=4, minutes=minutes),
        lead_passenger=f"带队人{minutes}",
        shareable=True,
    )
    async with town.pool.acquire() as conn, conn.transaction():
        one, _ = await requests.submit(conn, ask, clerk, MORNING, await orders.drives(conn))
        await orders.approve(conn, one.id, "approved", approver, MORNING)
    return one.id


@pytest.fixture
async def ride(town):
    """Two requests, and the page on which a plan has put them into one car."""
    return [await asked(town, 0), await asked(town, 10)]


async def test_a_plan_shares_a_car_and_the_driver_calls_at_both(chromium, town, ride):
    desk = await town.open(chromium, "dispatcher", "/console/")
    await desk.click("[data-test=open-plan]")
    await desk.click("[data-test=run-plan]")
    await desk.wait_for_selector("[data-test=plan-progress]")
    assert await plans.plan_next(town.pool, lambda: MORNING)
    rows = desk.locator("[data-test=plan-trips] li")
    await rows.nth(1).wait_for()
    assert [await row.locator("text=拼车 2 家").count() for row in await rows.all()] == [1, 1]
    await rows.first.locator("button").first.click()
    await desk.wait_for_selector("[data-test=plan-why] >> text=拼车")
    await desk.click("[data-test=apply-plan]")
    await desk.wait_for_selector("[data-test=plan-outcome] >> text=其中 2 单拼车")
    assert desk.errors == []

    phone = await town.open(chromium, "driver", "/driver/", **PHONE)
    await phone.wait_for_selector("[data-test=stops]")
    assert await phone.locator("[data-order]").count() == 1
    stops = phone.locator("[data-stop]")
    assert [await one.get_attribute("data-stop") for one in await stops.all()] == [
        "getOn", "getOn", "reach", "getOff", "getOff",
    ]  # fmt: skip
    button = await phone.locator("[data-step=accept]").bounding_box()
    assert button["y"] + button["height"] <= PHONE["viewport"]["height"], "in sight below any stops"
    for _ in range(2):  # in both languages nothing is wider than the phone
        width = await phone.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["viewport"]["width"]
        await phone.click("header button")
    await phone.context.set_offline(True)
    await phone.click("[data-step=accept]")
    await depart(phone, 83412)
    boarding = phone.locator("[data-step=onboard]")
    first = await boarding.get_attribute("data-for")
    await boarding.click()
    await phone.wait_for_selector(f"[data-step=onboard]:not([data-for='{first}'])")
    await phone.click("[data-step=onboard]")
    await phone.click("[data-step=arrive]")
    await phone.wait_for_selector("[data-step=return]")
    await phone.context.set_offline(False)
    await phone.wait_for_selector("[data-test=waiting]", state="detached")
    stored = [row["kind"] for row in await check_ins(town)]
    assert {kind: stored.count(kind) for kind in stored} == {
        "accept": 2, "depart": 2, "onboard": 2, "arrive": 2,
    }  # fmt: skip
    assert phone.errors == []


async def test_the_order_shows_who_rides_and_one_may_leave(chromium, town, ride):
    dispatcher = who(town.people["dispatcher"], ("dispatcher", 1, None))
    async with town.pool.acquire() as conn:
        pair = [await requests.get(conn, i) for i in ride]
        car = await conn.fetchval("SELECT id FROM vehicle WHERE code = 'V-XZ1'")
        first, other = await orders_city.shared(conn, pair, car, 1, now=MORNING)
    desk = await town.open(chromium, "dispatcher", "/console/")
    leg = desk.locator("[data-test=gantt] button.leg")
    await leg.wait_for()
    assert "2" in await leg.inner_text()
    await leg.click()
    await desk.wait_for_selector(f"[data-test=ride] [data-party='{other.id}']")
    assert await desk.locator("[data-test=ride] tbody tr").count() == 2
    async with town.pool.acquire() as conn, conn.transaction():
        await orders.withdraw(conn, first.id, "不去了", dispatcher, MORNING)
    await desk.reload()
    await leg.wait_for()
    await leg.click()
    await desk.wait_for_selector(f"[data-test=ride] [data-party='{first.id}'].gone")
    assert desk.errors == []


async def test_who_asks_says_whether_the_car_may_be_shared(chromium, town):
    page = await town.open(chromium, "requester", "/portal/")
    tick = page.locator("[name=shareable]")
    assert await tick.is_checked()
    await page.select_option("[name=purpose]", "CONFIDENTIAL")
    assert not await tick.is_checked()
    assert await tick.is_disabled()
    await page.select_option("[name=purpose]", "RESEARCH")
    assert await tick.is_checked()


async def test_who_is_left_of_a_ride_reads_its_times_and_no_company(chromium, town, ride):
    """The other party called off: the trip stands, at the times that were told."""
    dispatcher = who(town.people["dispatcher"], ("dispatcher", 1, None))
    async with town.pool.acquire() as conn:
        pair = [await requests.get(conn, i) for i in ride]
        car = await conn.fetchval("SELECT id FROM vehicle WHERE code = 'V-XZ1'")
        first, other = await orders_city.shared(conn, pair, car, 1, now=MORNING)
        async with conn.transaction():
            await orders.withdraw(conn, first.id, "不去了", dispatcher, MORNING)
    page = await town.open(chromium, "requester", "/portal/")
    await page.click("text=我的申请")
    await page.click(f"[data-request='{other.request_id}'] button.row")
    told = page.locator("[data-test=ride]")
    await told.wait_for()
    assert "上车" in await told.inner_text()
    assert "同车" not in await told.inner_text()
    assert page.errors == []
