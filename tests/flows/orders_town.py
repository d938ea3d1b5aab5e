"""The small city over HTTP: a client for each of its people, and what they do again and again."""

from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from dispatch import access
from dispatch.access import Grant, Role
from dispatch.kernel import clock, db
from tests import orders_city as city
from tests.orders_city import at
from tests.website import program, site

PEOPLE = {
    "clerk": (1, "requester", {"unit_id": 1}),
    "approver": (2, "unit_approver", {"unit_id": 1}),
    "reviewer": (3, "authority_reviewer", {}),
    "dispatcher": (4, "dispatcher", {"pool_id": 1}),
    "city": (5, "city_dispatcher", {}),
    "ng_clerk": (6, "requester", {"unit_id": 2}),
    "ng_dispatcher": (8, "dispatcher", {"pool_id": 2}),
    "driver": (101, "driver", {"pool_id": 1}),
    "ng_driver": (104, "driver", {"pool_id": 2}),
}


class Town:
    """A client for each person, and the database behind."""

    def __init__(self, pool, clients):
        self.pool = pool
        self.clients = clients

    def __getattr__(self, name):
        return self.clients[name]

    async def step(self, to):
        async with self.pool.acquire() as conn:
            await clock.step_to(conn, to)

    async def execute(self, *statement):
        async with self.pool.acquire() as conn:
            return await conn.execute(*statement)


@asynccontextmanager
async def town_of(dsn, **size):
    """The small city on a Sunday noon that stands still until stepped."""
    pool = await db.open_pool(dsn)
    async with pool.acquire() as conn:
        await clock.start_scenario(conn, city.SUNDAY_NOON, 0)
        await city.found(conn, **size)
        secrets = {}
        for name, (person_id, role, scope) in PEOPLE.items():
            await access.grant(conn, person_id, Grant(Role(role), **scope), city.SINCE)
            who = await access.person(conn, person_id, city.SUNDAY_NOON, via="cookie")
            secrets[name] = await access.make_token(
                conn, who, name="test", scopes={role}, valid_for=timedelta(days=1)
            )
    product = await clock.ProductClock.open(pool)
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(site(pool, product))
        clients = {
            name: await stack.enter_async_context(program(app, secret))
            for name, secret in secrets.items()
        }
        yield Town(pool, clients)
    await pool.close()


@pytest.fixture
async def town(dsn):
    async with town_of(dsn) as town:
        yield town


def body(key="trip-key-1", **more):
    fields = {
        "client_key": key,
        "unit_id": 1,
        "purpose": "RESEARCH",
        "purpose_text": "调研",
        "passengers": 2,
        "lead_passenger": "甲",
        "kind": "wait_and_return",
        "from_place": city.XUANCHENG,
        "to_place": city.GUQUAN,
        "depart_at": at("09:00").isoformat(),
        "return_at": at("11:00").isoformat(),
    }
    return fields | more


async def ok(answer, status=200):
    got = await answer
    assert got.status_code == status, got.text
    return got.json()


async def refused(answer, status, code):
    got = await answer
    assert (got.status_code, got.json()["code"]) == (status, code), got.text
    return got.json()["facts"]


async def approved(town, key="trip-key-1", **more):
    made = await ok(town.clerk.post("/api/v1/requests", json=body(key, **more)), 201)
    path = f"/api/v1/requests/{made['id']}/approval"
    decided = await ok(town.approver.post(path, json={"decision": "approved"}))
    if decided["state"] == "unit_approved":
        decided = await ok(town.reviewer.post(path, json={"decision": "approved"}))
    return decided


async def ordered(town, key="trip-key-1", vehicle=1, driver=1, **more):
    request = await approved(town, key, **more)
    path = f"/api/v1/requests/{request['id']}/assign"
    choice = {"vehicle_id": vehicle, "driver_id": driver, "version": request["version"]}
    return await ok(town.city.post(path, json=choice), 201)
