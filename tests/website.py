"""What tests of the web need: a small city, people who hold roles, browsers and programs."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import uvicorn

from dispatch import access, register
from dispatch.access import Grant, Role
from dispatch.kernel import db
from tests.waiting import until as until
from web.app import create
from web.server import configure
from web.settings import WebSettings

ORIGIN = "http://gongche.test"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def document(**more):
    """Two platforms, each with a unit, two cars with terminals, and a driver."""
    pools = [("XZ", "市级平台", 118.742, 30.933), ("NG", "宁国平台", 118.9784, 30.629)]
    city = {
        "from": "2026-01-01T00:00:00+08:00",
        "pools": [
            {
                "code": code, "name": name, "name_en": code, "level": "city" if code == "XZ" else "county",
                "adcode": "341800", "lon": lon, "lat": lat, "depot_radius_m": 100,
            }
            for code, name, lon, lat in pools
        ],
        "rental_firms": [
            {"name": "甲租赁", "vehicles": 12, "day_price_fen": 45000, "km_price_fen": 180}
        ],
        "places": [
            {"code": code, "name": name, "name_en": code, "kind": "seat", "adcode": "341800", "lon": lon, "lat": lat}
            for code, name, lon, lat in pools
        ],
        "units": [
            {"code": f"U-{code}", "name": f"{name}单位", "pool": code, "lon": lon, "lat": lat}
            for code, name, lon, lat in pools
        ],
        "people": [
            {"code": f"D-{code}", "name": f"驾驶员{code}", "grants": [{"role": "driver", "pool": code}]}
            for code, *_ in pools
        ],
        "drivers": [
            {"person": f"D-{code}", "pool": code, "licence_class": "C1", "licence_until": "2031-01-01"}
            for code, *_ in pools
        ],
        "vehicles": [
            {
                "code": f"V-{code}{i}", "pool": code, "plate": f"皖P{code}{i:03}", "model": "朗逸", "class": "sedan",
                "category": "OTHER", "seats": 5, "powertrain": "petrol", "tank_ml": 55000,
                "first_registered": "2021-05-01", "home_lon": lon, "home_lat": lat,
                "fuel_card": f"CARD-{code}{i}", "obu": f"OBU-{code}{i}", "device": f"bd-{code.lower()}{i}",
            }
            for code, _, lon, lat in pools
            for i in (1, 2)
        ],
        "providers": ["fuel-issuer"],
    }  # fmt: skip
    return city | more


async def person(conn, code, *grants):
    """A person with grants since long ago: (role, {pool_id | unit_id | firm_id})."""
    person_id = await register.add_person(conn, code, f"人员{code}")
    for role, scope in grants:
        await access.grant(conn, person_id, Grant(Role(role), **scope), SINCE)
    return person_id


async def token(conn, person_id, *, at=None, scopes=None):
    """A bearer token of a person's roles."""
    at = at or datetime.now(UTC)
    who = await access.person(conn, person_id, at, via="cookie")
    wanted = scopes or {str(grant.role) for grant in who.grants}
    return await access.make_token(
        conn, who, name="test", scopes=wanted, valid_for=timedelta(days=1)
    )


async def id_of(conn, table, code):
    """The id of a code."""
    return await conn.fetchval(f"SELECT id FROM {table} WHERE code = $1", code)


@asynccontextmanager
async def site(pool, clock, only=None, **settings) -> AsyncIterator:
    """The application with its lifespan running; only: these routers instead of ours."""
    app = create(WebSettings(frozenset({ORIGIN}), **settings), pool, clock, only)
    async with app.router.lifespan_context(app):
        yield app


def stranger(app, **more):
    """A client without any credentials, not of our origin."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, **more)


def program(app, secret):
    """A client with a bearer token."""
    return stranger(app, headers={"Authorization": f"Bearer {secret}"})


@asynccontextmanager
async def browser(app, conn, person_id):
    """A browser on our pages, signed in by a one-time link."""
    async with stranger(app, headers={"Origin": ORIGIN}) as client:
        secret = await access.make_link(conn, person_id)
        answer = await client.post("/api/v1/sign-in/link", json={"secret": secret})
        assert answer.status_code == 204, answer.text
        yield client


async def administrator(conn, code="A-1"):
    """A system administrator's token."""
    return await token(conn, await person(conn, code, ("system_admin", {})))


async def imported(app, conn, **more):
    """The small city, imported; what the import answered."""
    async with program(app, await administrator(conn)) as admin:
        answer = await admin.post("/api/v1/register/import", json=document(**more))
    assert answer.status_code == 200, answer.text
    return answer.json()


@asynccontextmanager
async def served(pool, clock, **settings) -> AsyncIterator[tuple[str, object]]:
    """The application on a real port: its address (without scheme) and the application."""
    # asyncio sends answers at once (TCP_NODELAY) only where the protocol is named.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        app = create(WebSettings(frozenset({f"http://127.0.0.1:{port}"}), **settings), pool, clock)
        server = uvicorn.Server(configure(app, "127.0.0.1", port))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await until(lambda: server.started or serving.done())
        try:
            yield f"127.0.0.1:{port}", app
        finally:
            server.should_exit = True
            await serving


async def publish(conn, device_id, lon, lat, *, at, speed_dkmh=300):
    """Move a device's marker as accept does, without the ingest."""
    await conn.execute(
        """
        INSERT INTO live_position AS p (device_id, ts, received_at, digest, lon, lat, speed_dkmh, heading, ignition)
        VALUES ($1, $2, $2, 0, $3, $4, $5, 90, true)
        ON CONFLICT (device_id) DO UPDATE SET ts = excluded.ts, received_at = excluded.received_at,
            lon = excluded.lon, lat = excluded.lat, speed_dkmh = excluded.speed_dkmh, changed_xid = pg_current_xact_id()
        """,
        device_id, at, round(lon * 1e7), round(lat * 1e7), speed_dkmh,
    )  # fmt: skip


Pool = db.Pool
