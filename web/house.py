"""What lives as long as the web process."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from dispatch import access
from dispatch.kernel.clock import ProductClock
from dispatch.kernel.db import Pool
from web.live.hub import Hub
from web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class House:
    """The web process's settings, pool, clock, password hasher and live hub."""

    settings: WebSettings
    pool: Pool
    clock: ProductClock
    passwords: access.Passwords
    hub: Hub


def house(connection: HTTPConnection) -> House:
    """The house of the application that a request or socket came to."""
    ours: House = connection.app.state.house
    return ours
