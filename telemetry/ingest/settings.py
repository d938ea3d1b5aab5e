"""What ingest has to be told."""

from dataclasses import dataclass
from pathlib import Path


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
        retention_days: fixes and observations older than this are not taken.
        tls_certificate: PEM file; with tls_key, the door speaks TLS only.
        tls_key: PEM file.
    """

    dsn: str
    host: str = "127.0.0.1"
    port: int = 1883
    mqtt_url: str | None = None
    mqtt_client_id: str = "gongche-ingest"
    mqtt_shared: bool = False
    retention_days: int = 366
    tls_certificate: Path | None = None
    tls_key: Path | None = None
