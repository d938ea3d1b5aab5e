"""The city that browser tests look at, and what happens in it; everything goes through the real rooms."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from dispatch import access
from telemetry import positions, wire
from tests.website import document, id_of, imported, person, program, token

MORNING = datetime(2026, 3, 4, 0, 30, tzinfo=UTC)
"""08:30 on a Wednesday in Shanghai."""
CARS = 24


def _car(code, number, lon, lat):
    return {
        "code": f"F-{code}{number}", "pool": code, "plate": f"皖P{number:05}", "model": "大众朗逸",
        "class": "sedan", "category": "OTHER", "seats": 5, "powertrain": "petrol", "tank_ml": 55000,
        "first_registered": "2021-05-01", "home_lon": lon, "home_lat": lat, "device": f"fleet-{number}",
    }  # fmt: skip


def said(lon, lat, heading, kmh):
    """What a terminal says of a car that moves."""
    return {"lon": lon, "lat": lat, "heading": heading, "speed_kmh": kmh}


class Town:
    """A served application with a small city in it; lives as long as the fixture."""

    def __init__(self, origin, app, pool):
        self.origin = origin
        self.app = app
        self.pool = pool
        self.cars = CARS

    async def found(self):
        """Import the register: some cars more than the smallest city has, someone for each desk."""
        city = document()
        lon, lat = 118.742, 30.933
        city["vehicles"] += [_car("XZ", n, lon, lat) for n in range(1, self.cars + 1)]
        async with self.pool.acquire() as conn:
            await positions.ensure_weeks(
                conn, MORNING - timedelta(days=8), MORNING + timedelta(days=8)
            )
            await imported(self.app, conn, vehicles=city["vehicles"])
            xz = await id_of(conn, "pool", "XZ")
            unit = await id_of(conn, "unit", "U-XZ")
            self.people = {
                "dispatcher": await person(
                    conn, "P-dispatcher", ("dispatcher", {"pool_id": xz}), ("fleet_manager", {"pool_id": xz})
                ),
                "requester": await person(conn, "P-requester", ("requester", {"unit_id": unit})),
                "approver": await person(conn, "P-approver", ("unit_approver", {"unit_id": unit})),
                "accountant": await person(conn, "P-accountant", ("accountant", {"pool_id": xz})),
                "driver": await conn.fetchval("SELECT id FROM person WHERE code = 'D-XZ'"),
            }  # fmt: skip
            self.unit = unit
            self.places = {
                row["code"]: row["id"] for row in await conn.fetch("SELECT code, id FROM place")
            }

    async def open(self, browser, who, path, **context):
        """A page at `path`, signed in by a one-time link; its `errors` collect what went wrong in it."""
        async with self.pool.acquire() as conn:
            secret = await access.make_link(conn, self.people[who])
        page = await (await browser.new_context(locale="zh-CN", **context)).new_page()
        page.errors = []
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on(
            "request",
            lambda r: (
                r.url.startswith((self.origin, "blob:", "data:", "ws:"))
                or page.errors.append(f"outside request {r.url}")
            ),
        )
        await page.goto(f"{self.origin}/sign-in?next={quote(path)}#{secret}")
        await page.wait_for_url(lambda url: url.startswith(f"{self.origin}{path}"))
        return page

    async def drive(self, *fixes):
        """Take fixes as ingest does: each a device and what it said."""
        async with self.pool.acquire() as conn, conn.transaction():
            at = MORNING + timedelta(milliseconds=await conn.fetchval("SELECT count(*) FROM fix"))
            ids = {
                row["name"]: row["id"] for row in await conn.fetch("SELECT name, id FROM device")
            }
            rows = [
                positions.pack(ids[device], wire.Fix(ts=at, ignition=True, **said), at)
                for device, said in fixes
            ]
            await positions.append(conn, rows)

    async def api(self, who):
        """A program with the rights of one of the people."""
        async with self.pool.acquire() as conn:
            return program(self.app, await token(conn, self.people[who]))
