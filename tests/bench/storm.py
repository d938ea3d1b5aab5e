"""All devices connect at once: python -m tests.bench.storm PORT TLS < tokens as JSON.

Run as a process of its own, so that the door has a processor to itself as far as there is one.
Prints seconds from the first connection to the last acknowledgement; with TLS of two storms, the
second with the session tickets of the first.
"""

import asyncio
import json
import sys
import time
from asyncio import sslproto
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.run import ports
from telemetry import wire
from tests.bench.load import fix
from tests.bench.tls import Resuming
from tests.flows.ingest_door import connect, process, publish

MESSAGES = 3
AGAIN_S = 0.2


class Device(asyncio.Protocol):
    """Connects, publishes three messages, counts what comes back; connects again where refused.

    What it is done with is True; or, where it could not finish, False.
    """

    def __init__(self, name, hello, packets, done, tls):
        self.name, self.tls = name, tls
        self.hello, self.packets, self.done, self.came = hello, packets, done, b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.hello)

    def data_received(self, data):
        first = not self.came
        self.came += data
        if first and len(self.came) >= 4 and self.came[3] == 0:
            self.transport.write(self.packets)
        if len(self.came) >= 4 + 4 * MESSAGES:
            self.done.set_result(True)
            if self.tls:
                self.tls.keep(self.name, self.transport.get_extra_info("ssl_object"))
            self.transport.close()

    def connection_lost(self, exc):
        if not self.done.done():
            self.done.set_result(False)


async def live(port, name, token, start, tls):
    """One device, until its three messages are acknowledged."""
    hello = connect(name, token)
    packets = b"".join(
        publish(
            f"gongche/v1/{name}/fix", wire.encode([fix(n, start + timedelta(seconds=n))]), n + 1
        )
        for n in range(MESSAGES)
    )
    loop = asyncio.get_running_loop()
    tries = 0
    while True:
        tries += 1
        done = loop.create_future()
        try:
            await loop.create_connection(
                lambda done=done: Device(name, hello, packets, done, tls), "127.0.0.1", port,
                ssl=tls, **({"ssl_handshake_timeout": 60, "server_hostname": name} if tls else {}),
            )  # fmt: skip
            if await done:
                return tries
        except OSError:
            pass
        await asyncio.sleep(AGAIN_S)


async def storm(port, tokens, context, start):
    """One storm: seconds, connections, and how many of the last ones were resumed."""
    began = time.perf_counter()
    tries = await asyncio.gather(
        *(live(port, name, token, start, context) for name, token in tokens.items())
    )
    seconds = time.perf_counter() - began
    resumed = context.resumed if context else 0
    return {"seconds": seconds, "tries": sum(tries), "resumed": resumed}


async def storms(port, tokens, *, tls):
    """One in the clear; with TLS two."""
    start = datetime.now(UTC) - timedelta(hours=2)
    if not tls:
        return [await storm(port, tokens, None, start)]
    context = Resuming.of_anybody()
    return [await storm(port, tokens, context, start + n * timedelta(hours=1)) for n in range(2)]


def peak_of(pid):
    """The most memory that a process has held, MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


async def measure(dsn, conn, tokens, settings):
    """Of each storm seconds until all are acknowledged; rows that are missing, the door's peak MB."""
    before = await conn.fetchval("SELECT count(*) FROM fix")
    async with process({"dsn": dsn} | settings) as door:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.storm", str(settings["port"]),
            "tls" if "tls_certificate" in settings else "plain",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, _ = await child.communicate(json.dumps(tokens).encode())
        peak_mb = peak_of(door.pid)
    stored = await conn.fetchval("SELECT count(*) FROM fix") - before
    found = json.loads(said)
    return {
        "storms": found,
        "devices": len(tokens),
        "missing": MESSAGES * len(tokens) * len(found) - stored,
        "rss_mb": peak_mb,
    }


if __name__ == "__main__":
    ports.raise_descriptor_limit()
    sslproto.SSLProtocol.max_size = 8 * 1024  # else 2.5 GB, and the storm measures itself
    devices = json.loads(sys.stdin.read())
    print(json.dumps(asyncio.run(storms(int(sys.argv[1]), devices, tls=sys.argv[2] == "tls"))))
