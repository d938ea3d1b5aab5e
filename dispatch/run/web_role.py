"""The web process: uvicorn inside our own task group, under our own signals."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import uvicorn

from dispatch.run import garbage, kept
from dispatch.run.settings import Settings
from dispatch.run.signals import until
from dispatch.run.wiring import Context
from web import app
from web.server import configure
from web.settings import WebSettings


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to us."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: the role's own stop event ends the server."""
        yield


async def run(context: Context) -> None:
    """Serve the application until the stop event; open requests may finish."""
    settings = context.settings
    host, port = mouth(settings)
    application = app.create(
        WebSettings(
            origins=origins(settings.origin, settings.http_port),
            https=settings.origin.startswith("https:"),
            kept=kept.policy(settings),
            gauge=kept.gauge(settings),
            mqtt_host=host,
            mqtt_port=port,
        ),
        context.pool,
        context.clock,
    )
    garbage.look_seldom()
    server = Server(configure(application, settings.http_host, settings.http_port))
    serving = asyncio.create_task(server.serve(), name="uvicorn")
    await until(context.stop, asyncio.shield(serving))
    server.should_exit = True
    await serving


def origins(origin: str, port: int) -> frozenset[str]:
    """The origins our pages may come from: on this machine localhost is 127.0.0.1."""
    here = {f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")}
    return frozenset({origin} | (here if origin in here else set()))


def mouth(settings: Settings) -> tuple[str, int]:
    """Where devices publish, as the page tells it; an empty host: the one that serves the pages."""
    if settings.mqtt_url:
        broker = urlsplit(settings.mqtt_url)
        tls = broker.scheme == "mqtts"
        return broker.hostname or "", broker.port or (8883 if tls else 1883)
    return "", settings.door_port
