"""A real browser in front of the real application, on a database of the test's own."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock, start_scenario
from tests.browser.town import MORNING, Town
from tests.website import served

STATIC = Path(__file__).parents[2] / "web" / "static"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--lang=zh-CN",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.fixture
async def chromium():
    """A headless Chromium of the machine; a page in software GL."""
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    if not (STATIC / "console" / "index.html").exists():
        pytest.skip("the front end is not built: make pages")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def town(dsn: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """The small city, served, on a scenario's workday morning; indirect parameter: cars."""
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await start_scenario(conn, MORNING, 1.0)
    async with served(pool, await ProductClock.open(pool)) as (address, app):
        town = Town(f"http://{address}", app, pool)
        town.cars = getattr(request, "param", town.cars)
        await town.found()
        yield town
    await pool.close()
