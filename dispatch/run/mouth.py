"""How ingest is to listen, or where it is to subscribe."""

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.run.errors import InsecureDoor, NoBroker
from dispatch.run.settings import Settings

if TYPE_CHECKING:
    from telemetry import ingest


def require_safe(settings: Settings) -> None:
    """See that tokens do not travel in the clear to other machines, unless that was said.

    Raises:
        InsecureDoor: they would.
    """
    if settings.mqtt_url or settings.door_tls or settings.door_insecure:
        return
    if not is_loopback(settings.door_host):
        raise InsecureDoor(settings.door_host)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def of(settings: Settings, dsn: str) -> "ingest.IngestSettings":
    """The settings of an ingest process; makes the door's certificate where it needs one.

    Raises:
        InsecureDoor: see require_safe.
    """
    from dispatch.run import kept
    from telemetry import ingest

    require_safe(settings)
    said = ingest.IngestSettings(
        dsn=dsn,
        host=settings.door_host,
        port=settings.door_port,
        retention_days=settings.retention_days,
        gauge=kept.gauge(settings),
        pace=ingest.Pace(settings.device_messages_per_s, settings.device_bytes_per_s),
        mqtt_url=settings.mqtt_url or None,
        mqtt_client_id=settings.mqtt_client_id,
        mqtt_shared=settings.mqtt_shared,
        mqtt_ca=_path(settings.mqtt_ca),
        mqtt_certificate=_path(settings.mqtt_certificate),
        mqtt_key=_path(settings.mqtt_key),
    )
    if settings.mqtt_url or not settings.door_tls:
        return said
    certificate, key = door_certificate(settings)
    return replace(said, tls_certificate=certificate, tls_key=key)


def door_certificate(settings: Settings) -> tuple[Path, Path | None]:
    """The door's certificate and key; made by ourselves where none was given."""
    if settings.door_certificate:
        return Path(settings.door_certificate), _path(settings.door_key)
    from dispatch.run import certificates

    now = datetime.now(UTC)
    files = certificates.door_files(settings.data_dir, settings.door_host, now)
    return files.certificate, files.key


def broker(settings: Settings, url: str = "") -> "ingest.BrokerUrl":
    """The outside broker: that of the URL, else that of the settings.

    Raises:
        NoBroker: neither names one.
    """
    from telemetry import ingest

    named = url or settings.mqtt_url
    if not named:
        raise NoBroker("no outside broker is set: GONGCHE_MQTT_URL, or --url")
    return ingest.parse_broker_url(
        named,
        _path(settings.mqtt_ca),
        _path(settings.mqtt_certificate),
        _path(settings.mqtt_key),
    )


def _path(said: str) -> Path | None:
    return Path(said) if said else None
