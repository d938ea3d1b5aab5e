"""The door: throughput, latency, and what the same database does without it."""

import asyncio
import itertools
import time
from datetime import timedelta

import asyncpg

from telemetry import positions
from telemetry.ingest.writer import WITHIN_S
from tests.bench.load import messages, rows, through_door
from tests.flows.ingest_door import Raw

BATCH = 10_000
TICK_S = 0.005
ROUNDS = 5
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


async def rate(port, tokens, count, fixes_each, start):
    """Fixes a second over all devices, committed and acknowledged."""
    packets = {name: messages(name, count, fixes_each, start) for name in tokens}
    spent = await through_door(port, tokens, packets)
    return len(tokens) * count * fixes_each / spent


async def latencies(port, tokens, per_s, seconds, start):
    """Seconds from publish to PUBACK at a steady rate over all devices, sorted.

    One task sends for all, so that the load takes little of the processors that are measured.
    """
    count = int(per_s * seconds / len(tokens))
    devices = [await Paced.open(port, *one, count, start) for one in tokens.items()]
    listening = [asyncio.create_task(one.listen()) for one in devices]
    began = time.perf_counter()
    sent = 0
    while sent < count:
        await asyncio.sleep(TICK_S)
        due = min(count, int(count * (time.perf_counter() - began) / seconds))
        for one in devices:
            one.send(sent, due)
        sent = due
    await asyncio.gather(*listening)
    for one in devices:
        one.raw.close()
    return sorted(itertools.chain(*(one.took for one in devices)))


class Paced:
    """A device that sends when it is told to, and times what comes back."""

    def __init__(self, raw, packets):
        self.raw, self.packets = raw, packets
        self.sent_at, self.took = [], []

    @classmethod
    async def open(cls, port, name, token, count, start):
        raw = await Raw.open(port)
        assert (await raw.hello(name, token))[3] == 0
        return cls(raw, messages(name, count, 1, start))

    def send(self, begin, end):
        if end > begin:
            self.raw.writer.write(b"".join(self.packets[begin:end]))
            self.sent_at += [time.perf_counter()] * (end - begin)

    async def listen(self):
        while len(self.took) < len(self.packets):
            answer = await self.raw.reader.read(65_536)
            now = time.perf_counter()
            done = len(self.took)
            self.took += [now - at for at in self.sent_at[done : done + len(answer) // 4]]


def p99(sorted_values):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * 0.99))]


async def bare_commits(conn, count, start):
    """Seconds of a transaction that copies 20 rows, sorted."""
    ready = rows(1_000_000, 20 * count, start)
    took = []
    for at in range(0, len(ready), 20):
        began = time.perf_counter()
        async with conn.transaction():
            await _copy(conn, "fix", ready[at : at + 20])
        took.append(time.perf_counter() - began)
    return sorted(took)


async def naive(conn, count, start):
    """Fixes a second where each is an INSERT and a commit of its own."""
    columns = ", ".join(positions.COLUMNS)
    places = ", ".join(f"${n}" for n in range(1, len(positions.COLUMNS) + 1))
    insert = await conn.prepare(f"INSERT INTO fix ({columns}) VALUES ({places})")
    ready = rows(1_000_001, count, start)
    began = time.perf_counter()
    for row in ready:
        await insert.fetch(*row)
    return count / (time.perf_counter() - began)


async def staging_alone(conn, ready):
    """Fixes a second by COPY into an inbox of the same shape and nothing else; 10,000 a commit."""
    await conn.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS inbox (LIKE fix) ON COMMIT DELETE ROWS"
    )
    began = time.perf_counter()
    for at in range(0, len(ready), BATCH):
        async with conn.transaction():
            await _copy(conn, "inbox", ready[at : at + BATCH])
    return len(ready) / (time.perf_counter() - began)


async def tens_and_staging(port, tokens, conn, scale, now):
    """(fixes/s of messages of ten, of staging alone), round by round, so that both meet the same.

    A machine that is shared changes within seconds: only what is measured in turn compares.
    """
    ready = rows(1_000_002, 200_000 // scale, now - 3 * DAY)
    return [
        (
            await rate(port, tokens, 1_500 // scale, 10, now - DAY - n * HOUR),
            await staging_alone(conn, ready),
        )
        for n in range(ROUNDS)
    ]


async def _copy(conn: asyncpg.Connection, table, records):
    await conn.copy_records_to_table(table, records=records, columns=positions.COLUMNS)


async def measure(port, tokens, conn, scale, now):
    """Raw values by name; the door runs already."""
    await rate(port, tokens, 50, 1, now - 20 * HOUR)  # warm
    found = {"single": await rate(port, tokens, 3_000 // scale, 1, now - 2 * HOUR)}
    load = 0.2 * found["single"]
    took = await latencies(port, tokens, load, 10 / scale + 2, now - HOUR)
    commits = await bare_commits(conn, 1_000 // scale, now - 5 * DAY)
    found["tens_and_staging"] = await tens_and_staging(port, tokens, conn, scale, now)
    return found | {
        "naive": await naive(conn, 4_000 // scale, now - 6 * DAY),
        "load": load,
        "median_ms": 1_000 * took[len(took) // 2],
        "p99_ms": 1_000 * p99(took),
        "commit_p99_ms": 1_000 * p99(commits),
        "flush_ms": 1_000 * WITHIN_S,
    }
