"""The dispatch console in a real browser: the live map, its picture, its list."""

import io
import math

import pytest
from PIL import Image

from tests.browser.town import CARS, said

pytestmark = pytest.mark.browser

RED = (194, 40, 29)
"""A car that moves without an order."""


def ring(cars=CARS, step=0):
    """Each car of the fleet at its own place on a circle around the town, heading along it."""
    for n in range(1, cars + 1):
        turn = 2 * math.pi * (n + step) / cars
        lon, lat = 118.75 + 0.32 * math.sin(turn), 30.75 + 0.3 * math.cos(turn)
        yield f"fleet-{n}", said(lon, lat, (math.degrees(turn) + 90) % 360, 42.0)


async def cars(page, n):
    await page.wait_for_selector(f'[data-test="car-count"][data-count="{n}"]')


async def test_the_console_shows_every_car_that_moves_and_follows_it(chromium, town):
    await town.drive(*ring())
    page = await town.open(chromium, "dispatcher", "/console/")
    await cars(page, CARS)
    await page.click("text=列表")
    row = page.locator('[data-test="vehicle-list"] tr', has_text="皖P00007")
    await row.get_by_text("行驶").wait_for()
    await town.drive(("fleet-7", said(118.9, 30.8, 10, 77.0)))
    await row.get_by_text("77").wait_for()
    assert page.errors == []


async def picture(page):
    """The map's canvas, as seen."""
    shot = await page.locator('[data-test="map"] canvas.maplibregl-canvas').screenshot()
    return Image.open(io.BytesIO(shot)).convert("RGB")


def arrows(image):
    """The pixels of each car without an order, as clusters of one arrow's size."""
    wide, clusters = image.width, []
    for i, pixel in enumerate(image.get_flattened_data()):
        if any(abs(a - b) >= 24 for a, b in zip(pixel, RED, strict=True)):
            continue
        at = (i % wide, i // wide)
        near = [c for c in clusters if max(abs(c[0][0] - at[0]), abs(c[0][1] - at[1])) < 60]
        (near[0] if near else clusters.append([]) or clusters[-1]).append(at)
    return [cluster for cluster in clusters if len(cluster) > 20]


async def drawn(page, n):
    """The pixels of n arrows, once they are drawn and look the same twice."""
    before = None
    for _ in range(100):
        found = arrows(await picture(page))
        if len(found) == n and found == before:
            return found
        before = found
    raise AssertionError(f"{n} arrows were not drawn")


async def test_an_arrow_points_where_its_car_is_heading(chromium, town):
    """An arrow's mass lies behind its middle: for a car that goes east, in the left half."""
    headings = {"fleet-1": 0, "fleet-2": 90, "fleet-3": 180, "fleet-4": 270}
    places = [(118.3, 30.6), (118.6, 30.6), (118.9, 30.6), (119.2, 30.6)]
    await town.drive(
        *(
            (name, said(*at, headings[name], 50.0))
            for name, at in zip(headings, places, strict=True)
        )
    )
    view = {"viewport": {"width": 1000, "height": 700}, "device_scale_factor": 2}
    page = await town.open(chromium, "dispatcher", "/console/", **view)
    await cars(page, 4)
    await page.evaluate("document.querySelector('.legend').remove()")
    lean = []
    for pixels in sorted(await drawn(page, 4), key=lambda cluster: cluster[0][0]):
        middle = [(min(axis) + max(axis)) / 2 for axis in zip(*pixels, strict=True)]
        mass = [sum(axis) / len(axis) for axis in zip(*pixels, strict=True)]
        lean.append([m - c for m, c in zip(mass, middle, strict=True)])
    expected = [(0, 1), (-1, 0), (0, -1), (1, 0)]
    for heading, (x, y), (wanted_x, wanted_y) in zip(
        headings.values(), lean, expected, strict=True
    ):
        behind, aside = x * wanted_x + y * wanted_y, x * wanted_y + y * wanted_x
        assert behind > 1.5, heading
        assert abs(aside) < 1.0, heading


async def test_without_webgl_the_list_takes_the_place_of_the_map(chromium, town):
    await town.drive(*ring())
    context = {"viewport": {"width": 1280, "height": 800}}
    page = await town.open(chromium, "dispatcher", "/portal/", **context)
    await page.add_init_script(
        "const real = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        "  return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest) }"
    )
    await page.goto(f"{town.origin}/console/")
    await page.wait_for_selector('[data-test="vehicle-list"] tbody tr')
    assert await page.locator('[data-test="vehicle-list"] tbody tr').count() == CARS


@pytest.mark.parametrize("town", [1000], indirect=True)
async def test_a_thousand_moving_cars_are_on_the_console_and_go_on_moving(chromium, town):
    await town.drive(*ring(1000))
    page = await town.open(chromium, "dispatcher", "/console/")
    await cars(page, 1000)
    await town.drive(*ring(1000, step=1))
    await page.click("text=列表")
    await page.fill("input[type=search]", "皖P00999")
    row = page.locator('[data-test="vehicle-list"] tbody tr')
    await row.click()
    await page.wait_for_selector("text=118.75000, 31.05000")
    assert page.errors == []
