"""R19: a full disk stops the acknowledgements, not the readers, and needs nobody to recover."""

import asyncio
import contextlib
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from dispatch.kernel import db
from dispatch.kernel.clock import ProductClock, start_real
from dispatch.run import database
from dispatch.run.embedded import postgres
from telemetry import storage, wire
from tests.flows.ingest_door import PINGREQ, Device, Raw, add, door, fix, publish, until
from tests.storing import DAY, WEEK, weeks_from

TOPIC = "gongche/v1/bus-1/fix"
MESSAGES = 20_000
RECOVERS_WITHIN_S = 30
CAP_SYS_ADMIN = 21
PINGRESP = b"\xd0\x00"
MORE_LOG = "SELECT pg_logical_emit_message(false, '', repeat('x', 1000000)), pg_switch_wal();"


class Switched:
    """A path whose file system is full while it leads to /proc, which has no free block."""

    def __init__(self, folder):
        self.folder = folder
        self.path = folder / "disk"
        self.empty()

    def fill(self):
        self._lead_to("/proc")

    def empty(self):
        self._lead_to(self.folder)

    def _lead_to(self, target):
        (self.folder / "next").symlink_to(target)
        (self.folder / "next").rename(self.path)


def numbered(clock, count):
    """Payloads whose seq is their packet identifier."""
    return [wire.encode([fix(clock, n / 100, seq=n)]) for n in range(1, count + 1)]


async def seqs(conn):
    return {row["seq"] for row in await conn.fetch("SELECT seq FROM fix")}


@pytest.mark.parametrize("full_bytes", [0, 1], ids=["below the reserve", "at the reserve"])
def test_the_levels(full_bytes):
    gauge = storage.Gauge(Path("/"), warn_bytes=300, low_bytes=200, reserve_bytes=100)
    levels = [gauge.level(free - 1 + full_bytes) for free in (100, 200, 300, 400)]
    assert levels == (["full", "low", "warn", "ok"], ["low", "warn", "ok", "ok"])[full_bytes]
    assert storage.Gauge().read().level is storage.Level.UNKNOWN
    assert storage.Gauge(Path("/nowhere/at all")).read().level is storage.Level.UNKNOWN


async def test_below_the_reserve_nothing_is_acknowledged_and_all_is_when_there_is_space(
    dsn, conn, clock, tmp_path
):
    disk = Switched(tmp_path)
    gauge = storage.Gauge(disk.path, reserve_bytes=1_000)
    token = (await add(conn, "bus-1"))["bus-1"]
    first, *rest = numbered(clock, 20)
    async with door(dsn, gauge=gauge) as port:
        raw = await Raw.open(port)
        assert (await raw.hello("bus-1", token))[3] == 0
        await raw.send(publish(TOPIC, first, 1))
        assert await raw.packet() == b"\x40\x02\x00\x01"
        disk.fill()
        for n, payload in enumerate(rest, start=2):
            await raw.send(publish(TOPIC, payload, n))
        for _ in range(50):  # each answered after what came before it was read
            await raw.send(PINGREQ)
            assert await raw.packet() == PINGRESP
        assert await seqs(conn) == {1}  # readable, and as it was
        disk.empty()
        async with asyncio.timeout(RECOVERS_WITHIN_S):
            acks = [await raw.packet() for _ in rest]
        assert [a[3] for a in acks] == list(range(2, 21))
        raw.close()
    assert await seqs(conn) == set(range(1, 21))


async def test_raw_data_go_by_themselves_when_the_disk_gets_low(pool, conn, clock, tmp_path):
    now = clock.now()
    for weeks in (30, 20, 2):
        await weeks_from(conn, now - weeks * WEEK, 1)
    disk = Switched(tmp_path)
    gauge = storage.Gauge(disk.path, low_bytes=1_000)
    policy = storage.Policy(raw=366 * DAY, raw_at_least=60 * DAY)
    keeping = asyncio.create_task(storage.keep(pool, clock.now, policy, gauge, all_published))
    assert await conn.fetchval("SELECT count(*) FROM fix") == 30
    disk.fill()
    await until(lambda: conn.fetchval("SELECT count(*) = 10 FROM fix"))
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def all_published(conn):
    return None


def may_mount():
    """Whether this process has CAP_SYS_ADMIN, and so may mount a small tmpfs."""
    status = Path("/proc/self/status").read_text()
    (held,) = [int(s.split()[1], 16) for s in status.splitlines() if s.startswith("CapEff")]
    return os.geteuid() == 0 and bool(held >> CAP_SYS_ADMIN & 1)


@contextmanager
def small_disk(size="200m"):
    """A file system of its own, where the server's user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="gongche-"))
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder], check=True
    )
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def occupy(folder, left_bytes):
    """Fill the disk but for a few bytes; returns the file to delete."""
    file = folder / "ballast"
    free = os.statvfs(folder)
    with file.open("wb") as ballast:
        os.posix_fallocate(ballast.fileno(), 0, free.f_bavail * free.f_frsize - left_bytes)
    return file


if may_mount():  # nobody else can make a disk that is really full

    @pytest.mark.parametrize("log_too", [False, True], ids=["tables full", "log full: it dies"])
    async def test_a_disk_that_is_really_full_loses_nothing_acknowledged(log_too):
        with small_disk() as folder:
            async with database.embedded(folder / "data") as held:
                await really_full(folder, held.cluster, log_too=log_too)
                said = await asyncio.to_thread(held.cluster.log.read_bytes)
                assert (b"PANIC" in said) == log_too

    async def really_full(folder, cluster, *, log_too):
        dsn = postgres.dsn(cluster)
        await database.prepare(dsn)
        pool = await db.open_pool(dsn)
        async with pool:
            async with pool.acquire() as conn:
                await start_real(conn)
                token = (await add(conn, "bus-1"))["bus-1"]
            clock = await ProductClock.open(pool)
            async with door(dsn) as port:
                device = Device(port, "bus-1", token, numbered(clock, MESSAGES), window=100)
                streaming = asyncio.create_task(device.run())
                await until(lambda: len(device.acked) > 200)
                ballast = occupy(folder, 256 * 1024)
                if log_too:
                    await until(lambda: _dies_of_a_full_log(cluster))
                else:
                    await until(lambda: os.statvfs(folder).f_bavail < 16)
                before = list(device.acked)
                ballast.unlink()
                began = time.monotonic()
                await until(lambda: len(device.acked) > len(before) + 200, RECOVERS_WITHIN_S)
                assert time.monotonic() - began < RECOVERS_WITHIN_S
                async with asyncio.timeout(120):
                    await streaming
            async with pool.acquire() as conn:
                assert await seqs(conn) == set(range(1, MESSAGES + 1))

    def _dies_of_a_full_log(cluster):
        """Ask for new segments of the log until there is no room for one."""
        try:
            postgres.superuser_does(cluster, MORE_LOG)
        except postgres.NotStarted:
            return True
        return False
