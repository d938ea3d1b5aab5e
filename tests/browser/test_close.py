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
    await console.click("[data-test=close-order]")
    await console.wait_for_selector("[data-test=order] >> text=人员P-dispatcher 补录")
    sheet = await console.locator("[data-test=order]").inner_text()
    assert "已完成" in sheet
    assert "17:10" in sheet
    assert console.errors == []
