"""What ingest has to be told."""

from dataclasses import dataclass, field
from pathlib import Path

from telemetry.ingest.pace import Pace
from telemetry.storage import Gauge


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Settings of one ingest process.

    Attributes:
        dsn: a libpq URL.
        host: address on which the door listens.
        port: port on which the door listens; 0 takes any.
        mqtt_url: mqtt://user:password@host:port of an outside broker, which is then used
            instead of the door; mqtts for TLS.
        mqtt_client_id: our name at the broker; one a process.
        mqtt_shared: subscribe as one of several processes ($share/gongche/...).
        mqtt_ca: PEM file of who signed the broker's certificate; None: whom the machine trusts.
        mqtt_certificate: PEM file of our certificate, where the broker asks for one.
        mqtt_key: PEM file of its key.
        retention_days: fixes and observations older than this are not taken.
        gauge: the disk of the database; when it is full nothing is acknowledged.
        pace: how fast one device may send over a longer time; who is faster is read more slowly.
        strangers_at_most: sockets of which nobody knows yet whose they are.
        tls_certificate: PEM file; with tls_key, the door speaks TLS only.
        tls_key: PEM file.
    """

    dsn: str
    host: str = "127.0.0.1"
    port: int = 1883
    mqtt_url: str | None = None
    mqtt_client_id: str = "gongche-ingest"
    mqtt_shared: bool = False
    mqtt_ca: Path | None = None
    mqtt_certificate: Path | None = None
    mqtt_key: Path | None = None
    retention_days: int = 366
    gauge: Gauge = field(default_factory=Gauge)
    pace: Pace = field(default_factory=Pace)
    strangers_at_most: int = 15_000
    tls_certificate: Path | None = None
    tls_key: Path | None = None
