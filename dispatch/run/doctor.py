"""What `gongche doctor` looks at before anyone wonders why something does not work."""

import os
import resource
import shutil
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from dispatch.kernel.errors import FleetError, SetupError
from dispatch.run import database, ports
from dispatch.run.datadir import find_database, is_running, of_what_runs
from dispatch.run.settings import Settings

SOCKETS_WANTED = 12_000
DISK_WANTED_BYTES = 2_000_000_000
CLOCKS_MAY_DIFFER_S = 1.0
EARLIEST_SANE_YEAR = 2025
EVERY_ADDRESS = ("0.0.0.0", "::")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    said: str


async def examine(settings: Settings) -> list[Finding]:
    """Look at the database, the descriptor limit, disk, ports, address and clock."""
    settings = of_what_runs(settings)
    return [
        *await _database(settings),
        _descriptors(),
        _disk(settings),
        *_ports(settings),
        address(settings),
    ]


async def _database(settings: Settings) -> list[Finding]:
    try:
        dsn = find_database(settings)
    except FleetError:
        return [_embedded(settings)]
    try:
        conn = await database.connect(dsn)
    except SetupError as error:
        return [Finding("database", False, str(error))]
    try:
        theirs = (await conn.fetchval("SELECT clock_timestamp()")).timestamp()
        said = await conn.fetchval("SHOW server_version")
        fsync = await conn.fetchval("SHOW fsync")
    finally:
        await conn.close()
    apart_s = abs(time.time() - theirs)
    return [
        Finding("database", True, f"PostgreSQL {said}"),
        Finding(
            "fsync",
            fsync == "on",
            fsync if fsync == "on" else "off: a power cut loses data",
        ),
        Finding("clock", apart_s < CLOCKS_MAY_DIFFER_S, f"{apart_s:.3f} s from the database's"),
    ]


def _embedded(settings: Settings) -> Finding:
    return Finding("database", True, f"embedded, not running, in {settings.data_dir}")


def _descriptors() -> Finding:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    good = hard == resource.RLIM_INFINITY or hard >= SOCKETS_WANTED
    return Finding("descriptors", good, f"at most {hard}; 10,000 devices need {SOCKETS_WANTED}")


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    said = f"{free / 1e9:.1f} GB free in {folder}{'' if writable else ', not writable'}"
    return Finding("disk", writable and free >= DISK_WANTED_BYTES, said)


def address(settings: Settings) -> Finding:
    """Whether browsers elsewhere can use the address that the pages take for their own."""
    if settings.http_host in EVERY_ADDRESS and not settings.public_url:
        return Finding(
            "address",
            False,
            f"GONGCHE_HTTP_HOST is {settings.http_host}, and GONGCHE_PUBLIC_URL is not set: set it "
            "to the address that people type, or browsers on other machines are refused",
        )
    ours = urlsplit(settings.origin)
    plain = ours.scheme == "http" and ours.hostname not in LOOPBACK
    return Finding(
        "address",
        True,
        settings.origin + ("; without https phones cannot open the page offline" if plain else ""),
    )


def _ports(settings: Settings) -> list[Finding]:
    if is_running(settings.data_dir):
        return [Finding("ports", True, "ours: something runs here already")]
    found = []
    for mouth, host, port in (
        ("door", settings.door_host, settings.door_port),
        ("http", settings.http_host, settings.http_port),
    ):
        try:
            ports.require_free(host, port, f"GONGCHE_{mouth.upper()}_PORT")
            found.append(Finding(mouth, True, f"{host}:{port} is free"))
        except SetupError as error:
            found.append(Finding(mouth, False, str(error)))
    return found
