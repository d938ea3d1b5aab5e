"""All settings of the product: one frozen tree, read from the environment once a process."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_data_dir() -> Path:
    """/var/lib/gongche for root, else gongche in the XDG data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/gongche")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "gongche"


class Settings(BaseSettings):
    """Every setting is an environment variable: GONGCHE_ and the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="GONGCHE_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=default_data_dir,
        description="Where the embedded database, run.json and the logs of the demo live.",
    )
    database_url: str = Field(
        default="",
        description="A PostgreSQL 15 or later to use instead of the embedded one, "
        "e.g. postgresql://gongche:secret@db.example/gongche. Empty: embedded.",
    )
    mqtt_url: str = Field(
        default="",
        description="An MQTT broker to subscribe to instead of opening our own door, "
        "e.g. mqtt://gongche:secret@broker.example:1883. Empty: the door.",
    )
    door_host: str = Field(default="127.0.0.1", description="The address the door listens on.")
    door_port: int = Field(
        default=1883, ge=1, le=65535, description="The TCP port of the door (MQTT 3.1.1 and 5)."
    )
    door_tls: bool = Field(
        default=False,
        description="The door speaks TLS 1.2 or later, and nothing else. Without door_certificate "
        "it makes one, signed by an authority of this install: see `gongche devices ca`.",
    )
    door_certificate: str = Field(
        default="", description="PEM file with the door's certificate and those above it."
    )
    door_key: str = Field(default="", description="PEM file with the key of door_certificate.")
    door_insecure: bool = Field(
        default=False,
        description="Let the door speak without TLS on other addresses than this machine's own, "
        "where tokens and positions can be read on the way.",
    )
    device_messages_per_s: float = Field(
        default=50.0,
        ge=0,
        description="How many messages a second the door reads of one device over a longer time; "
        "ten minutes' worth may come at once. Who sends faster is read more slowly, and loses "
        "nothing. 0: no limit.",
    )
    device_bytes_per_s: float = Field(
        default=100_000.0, ge=0, description="The same in bytes. 0: no limit."
    )
    mqtt_client_id: str = Field(
        default="gongche-ingest",
        description="Our name at the broker of mqtt_url; each ingest process needs its own.",
    )
    mqtt_shared: bool = Field(
        default=False,
        description="Several ingest processes share the messages of the broker "
        "($share/gongche/...). Whether it really shares, the log and `gongche doctor mqtt` say.",
    )
    mqtt_ca: str = Field(
        default="",
        description="PEM file of who signed the certificate of an mqtts:// broker. Empty: whom "
        "this machine trusts.",
    )
    mqtt_certificate: str = Field(
        default="", description="PEM file of our certificate, where the broker asks for one."
    )
    mqtt_key: str = Field(default="", description="PEM file with the key of mqtt_certificate.")
    http_host: str = Field(
        default="127.0.0.1", description="The address of the web pages and the API."
    )
    http_port: int = Field(
        default=8080, ge=1, le=65535, description="The TCP port of the web pages and the API."
    )
    public_url: str = Field(
        default="",
        description="The address people type, where a proxy stands before us, "
        "e.g. https://cars.example. Empty: http://http_host:http_port.",
    )
    routing_url: str = Field(
        default="",
        pattern=r"^$|^(osrm|valhalla)\+https?://",
        description="A routing server of your own for drive times: osrm+http://host:5000 or "
        "valhalla+http://host:8002. Empty: the road network (`gongche roads import`), and where "
        "there is none great circles.",
    )
    retention_days: int = Field(
        default=366,
        ge=7,
        le=2_400,
        description="How long raw fixes are kept, in days of product time; longer where the month "
        "is not published, or a legal hold is in force.",
    )
    retention_low_days: int = Field(
        default=60, ge=7, description="How long raw fixes are kept at least when the disk is low."
    )
    quarantine_days: int = Field(
        default=180, ge=1, description="How long quarantined messages are kept, in days."
    )
    plan_days: int = Field(
        default=90,
        ge=1,
        description="How long after its day a plan can explain itself, in days; longer where it "
        "was put into orders of a month that is not published. Its figures and outcome stay.",
    )
    disk_path: str = Field(
        default="",
        description="A folder on the file system of the database, where it is not the embedded "
        "one but on this machine. Empty: known for the embedded one, unknown for another.",
    )
    disk_warn_mb: int = Field(
        default=5_000, ge=0, description="Less free space than this is worth a warning."
    )
    disk_low_mb: int = Field(
        default=2_000,
        ge=0,
        description="Less free space than this lets raw fixes go before their time.",
    )
    disk_reserve_mb: int = Field(
        default=500,
        ge=0,
        description="Less free space than this is left to the facts: nothing is acknowledged "
        "to devices until there is more.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least level that is logged."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto",
        description="json: an object a line; auto: console at a terminal, else json.",
    )

    @property
    def origin(self) -> str:
        """Scheme, host and port of the pages, as browsers send them."""
        return self.public_url.rstrip("/") or f"http://{self.http_host}:{self.http_port}"


def reference() -> str:
    """The table of docs/settings.md: every setting, its default and what it does."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory is not None else str(field.default)
        shown = f"`{default}`" if default else "(see text)" if field.default_factory else "(empty)"
        rows.append(f"| `GONGCHE_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(["| setting | default | meaning |", "|---|---|---|", *rows])
