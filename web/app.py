"""The web application: HTTP, the live socket and the built front end on one origin."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from dispatch import access
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import Pool
from web import pages
from web.api import errors
from web.api.deps import Policy
from web.guard import Guard
from web.house import House
from web.live import socket
from web.live.hub import Hub
from web.settings import WebSettings

ROUTERS = (
    "access",
    "register",
    "devices",
    "refused",
    "health_of_devices",
    "fences",
    "alarms",
    "alarm_rules",
    "clock",
    "health",
    "works",
    "quarantine",
    "requests",
    "orders",
    "plans",
    "breakdowns",
    "phone",
    "books",
    "tracks",
    "vehicle_days",
    "fence_visits",
)
"""Modules of web.api that export a router, in order; one that is not written yet is left out."""


class RouteWithoutPolicy(RuntimeError):
    """A route names no policy: the gate would not know whom to let in."""


def create(
    settings: WebSettings,
    pool: Pool,
    clock: ProductClock,
    only: Iterable[APIRouter] | None = None,
) -> FastAPI:
    """Put the application together.

    Its lifespan runs the live hub and keeps the clock fresh; the pool stays the caller's.

    Args:
        settings: of the web process.
        pool: of database connections; two are used by the hub and the clock.
        clock: the product clock, opened.
        only: the routers to serve; None: those of ROUTERS.

    Raises:
        RouteWithoutPolicy: a route names no policy.
    """
    hub = Hub(pool, clock, hz=settings.live_hz)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        work = [
            asyncio.create_task(hub.run(), name="live hub"),
            asyncio.create_task(clock.follow(pool), name="clock follower"),
        ]
        try:
            yield
        finally:
            for task in work:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*work)

    app = FastAPI(
        title="Gongche",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        lifespan=lifespan,
    )
    app.state.house = House(
        settings, pool, clock, access.Passwords(settings.passwords_at_once), hub
    )
    errors.install(app)
    for router in routers() if only is None else only:
        for route in api_routes(router):
            if policy_of(route) is None:
                raise RouteWithoutPolicy(f"{route.methods} {route.path} names no policy")
        app.include_router(router)
    app.include_router(socket.router)
    pages.install(app, settings.static)
    app.add_middleware(Guard, settings=settings)
    return app


def routers() -> Iterator[APIRouter]:
    """The routers of ROUTERS that are written."""
    for name in ROUTERS:
        if importlib.util.find_spec(f"web.api.{name}") is None:
            continue
        router = importlib.import_module(f"web.api.{name}").router
        if not isinstance(router, APIRouter):
            raise TypeError(f"web.api.{name}.router is no APIRouter")
        yield router


def api_routes(router: APIRouter) -> Iterator[APIRoute]:
    """The routes of a router.

    Raises:
        TypeError: a route is of a kind whose policy cannot be read, such as a router within.
    """
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is no route of a policy")
        yield route


def policy_of(route: APIRoute) -> Policy | None:
    """The policy that a route names; None where it names none."""
    return next((p for p in _calls(route.dependant) if isinstance(p, Policy)), None)


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)
