"""What a driver's phone sends over HTTP: receipts, taps, and those that cannot be."""

import io

import pytest
from PIL import Image

from tests import orders_city as city
from tests.flows.orders_town import ok, ordered, refused, town

__all__ = ["town"]


def jpeg():
    out = io.BytesIO()
    Image.new("RGB", (2000, 1000)).save(out, "JPEG")
    return out.getvalue()


async def test_a_receipt_photo_is_stored_once_and_clean(town):
    order = await ordered(town)
    path = f"/api/v1/my/orders/{order['id']}/check-ins"
    form = {
        "client_key": "phone-receipt", "kind": "receipt", "taken_at": city.SUNDAY_NOON.isoformat(),
        "counter": "1", "amount_fen": "3500",
    }  # fmt: skip
    files = {"photo": ("x.jpg", jpeg(), "image/jpeg")}
    assert (await ok(town.driver.post(path, data=form, files=files), 201))["replayed"] is False
    assert (await ok(town.driver.post(path, data=form, files=files)))["replayed"] is True
    await refused(town.driver.post(path, data=form), 409, "key-reused")
    broken = {"photo": ("x.jpg", b"no photo", "image/jpeg")}
    await refused(
        town.driver.post(path, data=form | {"client_key": "phone-broken"}, files=broken),
        400,
        "bad-photo",
    )
    async with town.pool.acquire() as conn:
        row = await conn.fetchrow(
            "SELECT c.amount_fen, f.media_type, length(f.content) AS n FROM check_in c JOIN stored_file f ON f.id = c.photo_id"
        )
    assert (row["amount_fen"], row["media_type"]) == (3500, "image/jpeg")
    assert row["n"] < len(jpeg())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "fly"},
        {"taken_at": "2026-03-02T09:00:00"},
        {"odometer_m": -1},
        {"lon": 181},
        {"client_key": "x"},
        {"taken_at": "2036-03-02T09:00:00Z"},
    ],
    ids=lambda w: next(iter(w)) + str(next(iter(w.values())))[:12],
)
async def test_a_tap_that_cannot_be_is_refused(town, wrong):
    order = await ordered(town)
    sent = {
        "client_key": "phone-key-1", "kind": "depart", "taken_at": city.SUNDAY_NOON.isoformat(), "counter": 1,
    }  # fmt: skip
    path = f"/api/v1/my/orders/{order['id']}/check-ins"
    await refused(town.driver.post(path, json=sent | wrong), 400, "invalid")
    await ok(town.driver.post(path, json=sent), 201)
