"""A driver's phone is lost: the dispatcher closes the order on its panel."""

from datetime import timedelta

import pytest

from dispatch.kernel.clock import step_to
from tests.browser.test_breakdown import assigned
from tests.browser.town import MORNING

pytestmark = pytest.mark.browser


async def test_the_dispatcher_writes_down_when_the_car_was_back(chromium, town):
    console, _ = await assigned(chromium, town)
    async with town.pool.acquire() as conn:
        await step_to(conn, MORNING + timedelta(hours=10))
    await console.reload()
    await console.click("text=已派车")
    await console.click("[data-test=queue] [role=option]")
    await console.click("[data-test=open-close]")
    assert await console.locator("[data-test=close-order]").is_disabled()
    await console.fill("[data-test=close-returned]", "2026-03-04T17:10")
    await console.fill("[data-test=close-reason]", "手机掉入水中")
    await console.press("[data-test=close-reason]", "Enter")
    await console.wait_for_selector("[data-test=order] >> text=人员P-dispatcher 补录")
    sheet = await console.locator("[data-test=order]").inner_text()
    assert "已完成" in sheet
    assert "17:10" in sheet
    assert console.errors == []


async def test_the_dispatcher_closes_a_rental_with_the_firm_s_bill(chromium, town):
    console, _ = await assigned(chromium, town)
    async with town.pool.acquire() as conn:
        await conn.execute(
            "INSERT INTO rental_firm (id, name, vehicles, day_price_fen, km_price_fen) "
            "VALUES (90, '安达租赁', 3, 45000, 200)"
        )
        await conn.execute(
            "UPDATE dispatch_order SET rental_firm_id = 90, rental_price_fen = 63800, rental_proof = '{}'"
        )
        await conn.execute("DELETE FROM leg")
        await step_to(conn, MORNING + timedelta(hours=10))
    await console.reload()
    await console.click("text=已派车")
    await console.click("[data-test=queue] [role=option]")
    await console.click("[data-test=open-bill]")
    for field, typed in (("plate", "皖P90001"), ("driver", "王五"), ("km", "88.5")):
        await console.fill(f"[data-test=bill-{field}]", typed)
    assert await console.locator("[data-test=close-rental]").is_disabled()
    await console.fill("[data-test=bill-price]", "627.00")
    await console.click("[data-test=close-rental]")
    bill = await console.wait_for_selector("[data-test=bill]")
    told = await bill.inner_text()
    assert "皖P90001 王五" in told
    assert "88.5 km" in told
    assert "¥627.00（约定 ¥638.00，协议价 ¥627.00）" in told
    assert console.errors == []
