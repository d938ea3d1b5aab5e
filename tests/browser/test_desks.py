"""Requests, dispatching by keyboard, and the books, each at its own desk."""

import pytest

from tests.browser.town import CARS
from tests.db.city import HOUR, NINE, drive, receive

pytestmark = pytest.mark.browser


async def fill(page, **fields):
    for name, value in fields.items():
        await page.fill(f"[name={name}]", value)


async def test_the_form_names_each_broken_rule_and_sends_only_what_keeps_them(chromium, town):
    page = await town.open(chromium, "requester", "/portal/")
    await fill(
        page,
        purpose_text="赴宁国检查防汛准备",
        **{"from": "市级平台", "to": "宁国平台"},
        lead="带队人01",
        passengers="7",
        depart="2026-03-04T08:40",
        back="2026-03-05T17:00",
    )
    for rule in ("H1", "H5", "H15"):
        await page.wait_for_selector(f"[data-rule={rule}]")
    submit = page.locator("button[type=submit]")
    assert await submit.is_disabled()
    await fill(page, passengers="3", depart="2026-03-04T13:00", back="2026-03-04T17:00")
    await page.wait_for_selector("[data-rule=H15]", state="detached")
    await submit.click()
    await page.wait_for_selector("[data-request]")
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT passengers FROM trip_request") == 3
    desk = await town.open(chromium, "approver", "/portal/#approve")
    await desk.click("[data-request] .row")
    await desk.click("text=同意")
    await desk.wait_for_selector("text=没有待审批的申请")
    assert page.errors == desk.errors == []

    console = await town.open(chromium, "dispatcher", "/console/")
    await console.wait_for_selector("[data-test=queue] [role=option]")
    for key in ("j", "a"):
        await console.keyboard.press(key)
    await console.wait_for_selector("[data-test=candidates] [role=option]")
    await console.keyboard.press("2")
    await console.keyboard.press("Enter")
    await console.wait_for_selector("[data-test=order]")
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT state FROM trip_request") == "assigned"
    await console.keyboard.press("u")
    await console.wait_for_selector("[data-test=queue] [role=option]")
    async with town.pool.acquire() as conn:
        assert await conn.fetchval("SELECT state FROM trip_request") == "approved"
    assert console.errors == []


async def test_the_cost_sheet_shows_each_car_and_where_its_figures_come_from(chromium, town):
    from dispatch import accounting

    async with town.pool.acquire() as conn:
        await drive(conn, 1, 1, NINE, NINE + 2 * HOUR)
        await receive(conn, "t-1", at=NINE + HOUR, card_no="CARD-XZ1")
        while await accounting.catch_up(conn, NINE):
            pass
    page = await town.open(chromium, "accountant", "/console/#/costs")
    rows = page.locator("[data-test=cost-sheet] tbody tr")
    await rows.first.wait_for()
    assert await rows.count() == CARS + 2
    row = rows.filter(has_text="皖PXZ001")
    assert "300.00" in await row.inner_text()
    await row.click()
    lines = page.locator("[data-test=cost-lines] tbody tr")
    await lines.first.wait_for()
    assert any("¥300.00" in text for text in await lines.all_inner_texts())
    assert await page.locator("[data-test=cost-sheet] tfoot").inner_text() != ""
    async with page.expect_download() as download:
        await page.keyboard.press("Escape")
        await page.click("text=CSV")
    assert (await download.value).suggested_filename == "cost-sheet-2026-03.csv"
    assert page.errors == []
