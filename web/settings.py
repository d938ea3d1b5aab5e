"""What the web process is told; dispatch.run makes it from the settings tree."""

from dataclasses import dataclass, field
from pathlib import Path

from telemetry import storage

STATIC = Path(__file__).with_name("static")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web process.

    Attributes:
        origins: the origins our own pages are served from, such as http://127.0.0.1:8080;
            a browser's writes and sockets from any other are refused.
        https: whether browsers reach us over TLS; then cookies are Secure and __Host-.
        static: folder of the built front end; one that is missing gives a page that says so.
        live_hz: how often a second the live map looks at the database.
        recheck_s: how often a socket's grants are read again, seconds.
        passwords_at_once: password checks at one moment; each takes 64 MiB.
        max_body_bytes: larger request bodies are refused.
        locale: of a person who has not chosen one.
        kept: how long things are kept.
        gauge: where the database's disk is; without a path: nobody knows.
        mqtt_host: where devices publish; empty: the host that serves the pages.
        mqtt_port: likewise; None: not told.
    """

    origins: frozenset[str]
    https: bool = False
    static: Path = STATIC
    live_hz: float = 4.0
    recheck_s: float = 30.0
    passwords_at_once: int = 2
    max_body_bytes: int = 16 * 1024 * 1024
    locale: str = "zh-CN"
    kept: storage.Policy = field(default_factory=storage.Policy)
    gauge: storage.Gauge = field(default_factory=lambda: storage.Gauge(None))
    mqtt_host: str = ""
    mqtt_port: int | None = None

    @property
    def cookie(self) -> str:
        """The session cookie's name; __Host- binds it to this host where there is TLS."""
        return "__Host-gongche" if self.https else "gongche"
