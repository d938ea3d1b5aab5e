"""The plan of a day as the dispatcher sees it: how far it is, what it decides, and why."""

import asyncio
from datetime import timedelta

import pytest

from dispatch import orders, requests
from dispatch.kernel.calendar import business_day
from dispatch.orders import plans
from tests import orders_city
from tests.browser.town import MORNING, Town
from tests.orders_city import who

pytestmark = pytest.mark.browser

DAY = timedelta(days=1)
NOON = MORNING + timedelta(hours=3, minutes=30)


async def asked(town: Town, days: int = 0, **more: object) -> int:
    """A request of the city unit, to be approved by it alone; in so many days."""
    clerk = who(town.people["requester"], ("requester", None, town.unit))
    ask = orders_city.ask(
        unit_id=town.unit,
        from_place=town.places["XZ"],
        to_place=town.places["NG"],
        depart_at=NOON + days * DAY,
        return_at=NOON + days * DAY + timedelta(hours=4),
        **more,
    )
    async with town.pool.acquire() as conn, conn.transaction():
        one, _ = await requests.submit(conn, ask, clerk, MORNING, await orders.drives(conn))
    return one.id


async def waiting(town: Town, trips: int, days: int = 0, **more: object) -> None:
    """Approved requests, all at one time."""
    approver = who(town.people["approver"], ("unit_approver", None, town.unit))
    for _ in range(trips):
        request_id = await asked(town, days, **more)
        async with town.pool.acquire() as conn, conn.transaction():
            one = await orders.approve(conn, request_id, "approved", approver, MORNING)
        assert one.state == "approved"


async def test_a_plan_is_followed_stopped_read_and_compared(chromium, town):
    await waiting(town, 3)
    page = await town.open(chromium, "dispatcher", "/console/")
    await page.click("[data-test=open-plan]")
    await page.click("[data-test=run-plan]")
    await page.wait_for_selector("[data-test=plan-progress]")
    await page.click("[data-test=stop-plan]")
    await page.wait_for_selector("[data-test=stop-plan]:disabled")
    assert await plans.plan_next(town.pool, lambda: MORNING)
    await page.wait_for_selector("[data-test=plan-result]")
    rows = page.locator("[data-test=plan-trips] li")
    assert await rows.count() == 3
    # each platform has one driver; what is rented comes first
    assert [await row.get_attribute("data-what") for row in await rows.all()] == [
        "rented",
        "car",
        "car",
    ]
    await rows.first.locator("button").click()
    proof = page.locator("[data-test=plan-proof]")
    await proof.wait_for()
    assert "本方案租 1 单" in await proof.inner_text()
    parts = await page.locator("[data-test=plan-refused] summary").all_inner_texts()
    assert parts[0].startswith("一、本平台车辆")
    assert parts[1].startswith("二、其他平台车辆")
    await rows.last.locator("button").click()
    await page.wait_for_selector("[data-test=plan-alternatives] tr.chosen")
    await page.click("[data-test=plan-tab-changes]")
    await page.wait_for_selector("text=当日此前没有方案")
    await page.click("[data-test=run-plan]")
    await page.wait_for_selector("[data-test=plan-progress]")
    assert await plans.plan_next(town.pool, lambda: MORNING)
    await page.wait_for_selector("[data-test=plan-result]")
    await page.click("[data-test=plan-tab-changes]")
    await page.wait_for_selector("text=保持 3 单 · 改动 0 单 · 新增 0 单")
    await page.click("[data-test=apply-plan]")
    await page.wait_for_selector("[data-test=plan-outcome] >> text=已派 2 单，租赁 1 单")
    assert page.errors == []


async def test_three_days_are_planned_together(chromium, town):
    await waiting(town, 1)
    await waiting(town, 1, 1)
    page = await town.open(chromium, "dispatcher", "/console/")
    await page.click("[data-test=open-plan]")
    picked = page.locator("[data-test=plan-days]")
    assert await picked.locator("option").all_inner_texts() == [
        "当日 03-04",
        "三日 03-04 至 03-06",
    ]
    await picked.select_option("3")
    await page.wait_for_selector("text=跨夜行程由同一辆车全程承担")
    assert await page.locator(".bar input[type=number]").input_value() == "60"
    await page.click("[data-test=run-plan]")
    await page.wait_for_selector("[data-test=plan-progress]")
    assert await plans.plan_next(town.pool, lambda: MORNING)
    await page.wait_for_selector("[data-test=plan-result]")
    shown = await page.locator("[data-test=plan-trips] li .when").all_inner_texts()
    assert [text[:5] for text in shown] == ["03-04", "03-05"]
    await page.click("[data-test=plan-tab-changes]")
    await page.wait_for_selector("text=这几日此前没有一并排过的方案")
    await page.click("[data-test=apply-plan]")
    await page.wait_for_selector("[data-test=plan-outcome] >> text=已派 2 单，租赁 0 单")
    # who opens it later is told of which days it is
    await page.reload()
    await page.click("[data-test=open-plan]")
    await page.wait_for_selector("[data-test=plan-result]")
    assert await picked.input_value() == "3"
    assert page.errors == []


async def test_who_opens_the_dialog_later_finds_the_plan_of_the_day(chromium, town):
    await waiting(town, 1)
    async with town.pool.acquire() as conn, conn.transaction():
        dispatcher = who(town.people["dispatcher"], ("dispatcher", 1, None))
        await orders.ask_plan(
            conn, business_day(MORNING), dispatcher, MORNING, budget_s=5, apply=False
        )
    making = asyncio.create_task(plans.plan_next(town.pool, lambda: MORNING))
    page = await town.open(chromium, "dispatcher", "/console/")
    await page.click("[data-test=open-plan]")
    assert await making
    await page.wait_for_selector("[data-test=plan-result]")
    assert page.errors == []


async def test_a_request_in_review_says_whether_a_car_could_be_promised(chromium, town):
    await asked(town)
    page = await town.open(chromium, "dispatcher", "/console/")
    await page.click("text=审批中")
    await page.click("[data-test=queue] [role=option]")
    await page.wait_for_selector("[data-test=room] >> text=不影响其他任务")
    assert page.errors == []
