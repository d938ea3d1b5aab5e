"""The driver's phone: taps are kept without a network, and arrive in their order."""

import asyncio
import io
from datetime import timedelta

import pytest
from PIL import Image

from tests.browser.town import MORNING

pytestmark = pytest.mark.browser
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 1,
}


@pytest.fixture
async def order(town):
    """An order of the driver's, sent to the phone."""
    body = {
        "client_key": "phone-test-1", "unit_id": town.unit, "purpose": "RESEARCH",
        "purpose_text": "赴宁国检查", "passengers": 2, "lead_passenger": "带队人01",
        "kind": "wait_and_return", "from_place": town.places["XZ"], "to_place": town.places["NG"],
        "depart_at": (MORNING + timedelta(hours=1)).isoformat(),
        "return_at": (MORNING + timedelta(hours=5)).isoformat(),
    }  # fmt: skip
    async with await town.api("requester") as asks, await town.api("approver") as approves:
        request = (await asks.post("/api/v1/requests", json=body)).json()["id"]
        answer = await approves.post(
            f"/api/v1/requests/{request}/approval", json={"decision": "approved"}
        )
        assert answer.status_code == 200, answer.text
    async with await town.api("dispatcher") as dispatches:
        found = (await dispatches.get(f"/api/v1/requests/{request}/candidates")).json()
        best = found["alternatives"][0]
        choice = {"vehicle_id": best["vehicle_id"], "driver_id": best["driver_id"]}
        made = await dispatches.post(f"/api/v1/requests/{request}/assign", json=choice)
        assert made.status_code == 201, made.text
        return made.json()


async def check_ins(town):
    """What the server stored, in the order of arrival."""
    async with town.pool.acquire() as conn:
        return await conn.fetch(
            "SELECT kind, odometer_m, counter, photo_id, amount_fen FROM check_in ORDER BY id"
        )


async def phone(chromium, town):
    page = await town.open(chromium, "driver", "/driver/", **PHONE)
    await page.wait_for_selector("[data-step=accept]")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return page


async def depart(page, km):
    await page.click("[data-step=depart]")
    await page.fill("[name=odometer]", str(km))
    await page.click("button[type=submit]")


async def test_taps_without_a_network_survive_a_reload_and_arrive_in_order(chromium, town, order):
    page = await phone(chromium, town)
    await page.context.set_offline(True)
    await page.click("[data-step=accept]")
    await depart(page, 83412)
    await page.click("[data-step=onboard]")
    await page.wait_for_selector('[data-test=waiting][data-count="3"]')
    await page.reload()
    await page.wait_for_selector('[data-test=waiting][data-count="3"]')
    await page.wait_for_selector("[data-step=arrive]")
    assert await check_ins(town) == []
    await page.context.set_offline(False)
    await page.wait_for_selector("[data-test=waiting]", state="detached")
    stored = await check_ins(town)
    assert [(row["kind"], row["odometer_m"]) for row in stored] == [
        ("accept", None),
        ("depart", 83_412_000),
        ("onboard", None),
    ]
    assert [row["counter"] for row in stored] == [1, 2, 3]
    await page.wait_for_selector("text=载客中")


async def test_a_tap_can_be_taken_back_before_it_is_sent(chromium, town, order):
    page = await phone(chromium, town)
    await page.click("[data-step=accept]")
    await page.wait_for_selector("[data-step=depart]")
    await page.click("text=撤销")
    await page.wait_for_selector("[data-step=accept]")
    await page.wait_for_selector("[data-test=waiting]", state="detached")
    assert await check_ins(town) == []


ANOTHER_ORDER = """() => new Promise((done) => {
  const opening = indexedDB.open('gongche-driver')
  opening.onsuccess = () => {
    const box = opening.result.transaction('outbox', 'readwrite').objectStore('outbox')
    box.get(1).onsuccess = ({ target }) => {
      box.put({ ...target.result, orderId: 999999 }).onsuccess = () => done(true)
    }
  }
})"""


async def test_what_the_server_refuses_waits_for_a_person_and_holds_up_nothing(
    chromium, town, order
):
    """The phone holds a tap for an order that the server does not know, and one that it does."""
    page = await phone(chromium, town)
    await page.context.set_offline(True)
    await page.click("[data-step=accept]")
    await page.wait_for_selector('[data-test=waiting][data-count="1"]')
    await page.evaluate(ANOTHER_ORDER)
    await depart(page, 83412)
    await page.wait_for_selector('[data-test=waiting][data-count="2"]')
    await page.context.set_offline(False)
    await page.wait_for_selector("[data-test=refused]")
    await page.wait_for_selector("[data-test=waiting]", state="detached")
    assert [row["kind"] for row in await check_ins(town)] == ["depart"]
    await page.click("text=删除")
    await page.wait_for_selector("[data-test=refused]", state="detached")


async def test_a_receipt_is_photographed_made_small_and_stored(chromium, town, order):
    page = await phone(chromium, town)
    await page.click("[data-step=accept]")
    await depart(page, 83412)
    picture = io.BytesIO()
    Image.effect_noise((2400, 1200), 40).save(picture, "PNG")
    await page.click("text=拍票据")
    await page.set_input_files(
        "input[type=file]",
        {"name": "a.png", "mimeType": "image/png", "buffer": picture.getvalue()},
    )
    await page.fill("[name=amount]", "126.50")
    await page.click("label.ready >> xpath=.. >> button[type=submit]")
    await page.wait_for_selector("[data-test=waiting]", state="detached")
    stored = (await check_ins(town))[-1]
    assert (stored["kind"], stored["amount_fen"]) == ("receipt", 12_650)
    async with town.pool.acquire() as conn:
        content = await conn.fetchval(
            "SELECT content FROM stored_file WHERE id = $1", stored["photo_id"]
        )
    assert (await asyncio.to_thread(Image.open, io.BytesIO(content))).size == (1600, 800)
