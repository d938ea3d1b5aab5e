"""The figures of the intake and of what is understood: python -m tests.bench.ingest [--quick] [--alone].

One run, on one machine: PostgreSQL with fsync on, mosquitto, the door, and the load. Writes
build/bench/ingest.json with the rows of the goal, in their order; rows that other benchmarks
measure are taken from what those write, after they were run here; with --alone, from what they
wrote the last time.
"""

import argparse
import asyncio
import importlib.util
import json
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from dispatch.kernel import db
from dispatch.kernel.clock import start_real
from dispatch.run import ports
from dispatch.run.embedded import postgres
from tests.bench import broker, door, hostile, storm
from tests.bench import tls as bench_tls
from tests.bench.figures import RESULTS, ROOT, at_least, at_most, figure, write
from tests.flows.ingest_door import add, free_port, process

DEVICES = 20
CROWD = 10_000
OTHERS = {
    "live": ("publish to socket p99, 1,000 cars, 1,000 fixes/s",),
    "understand": (
        "understanding / reading",
        "understanding, bulk, a core of ours",
        "in order, processor of ours",
        "fix stored to its facts committed, worst",
        "alarm after its fix, worst",
    ),
    "storage": ("bytes a fix on disk, in order", "bytes a fix on disk, shuffled"),
}
"""Rows of the goal that other benchmarks measure, by benchmark."""
SOAK = {
    "name": "published and missing after 100 random kill -9 of door, understand, PostgreSQL",
    "value": None,
    "unit": "messages",
    "reference": "tests/run/test_kill_storm.py, judged by `make soak`",
    "reach": "0, and 0 doubles",
    "held": None,
}


async def measure(dsn, folder, scale):
    """Raw values of the intake."""
    pool = await db.open_pool(dsn)
    async with pool, pool.acquire() as conn:
        await db.migrate(conn)
        await start_real(conn)
        tokens = await add(conn, *(f"bus-{n}" for n in range(DEVICES)))
        foes = await add(conn, *(f"foe-{n}" for n in range(hostile.FOES)))
        settings = {"dsn": dsn, "port": free_port()}
        async with process(settings):
            port, now = settings["port"], datetime.now(UTC)
            found = await door.measure(port, tokens, conn, scale, now)
            found["alone_ms"], found["beside_ms"] = await hostile.measure(
                port, tokens, foes, 10 / scale + 2, now
            )
        found["paho_and_ours"] = await broker.measure(dsn, conn, folder, scale)
        crowd = await add(conn, *(f"car-{n}" for n in range(CROWD // scale)))
        certificate, key = await certificates(folder)
        plain = {"port": free_port()}
        found["plain"] = await storm.measure(dsn, conn, crowd, plain)
        await conn.execute("TRUNCATE fix")
        tls = {"port": free_port(), "tls_certificate": str(certificate), "tls_key": str(key)}
        found["tls"] = await storm.measure(dsn, conn, crowd, tls)
        found["handshakes"] = bench_tls.handshakes(certificate, key, 2_000 // scale)
    return found


async def certificates(folder):
    """A certificate for the door, made once."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    made = await asyncio.create_subprocess_exec(
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-subj", "/CN=localhost", "-days", "2",
        "-keyout", str(key), "-out", str(certificate), stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert await made.wait() == 0
    return certificate, key


def of_intake(f):
    """The rows that are measured here, in the order of the goal."""
    allowed_ms = f["flush_ms"] + 3 * f["commit_p99_ms"]
    paho, broker = (median(rates) for rates in zip(*f["paho_and_ours"], strict=True))
    tens, staging = (median(rates) for rates in zip(*f["tens_and_staging"], strict=True))
    return [
        at_least("outside broker, 1 fix a message, committed then acknowledged",
                 median(ours / alone for alone, ours in f["paho_and_ours"]), "ratio", 0.65,
                 f"{broker:,.0f}/s; paho manual-ack receive-only: {paho:,.0f}/s; in turn, "
                 f"{ratios((ours, alone) for alone, ours in f['paho_and_ours'])}"),
        at_least("door, 1 fix a message, committed then PUBACK",
                 f["single"] / broker, "ratio", 1.0,
                 f"{f['single']:,.0f}/s; the outside-broker path: {broker:,.0f}/s"),
        at_least("10 fixes a message",
                 median(ours / alone for ours, alone in f["tens_and_staging"]), "ratio", 0.45,
                 f"{tens:,.0f} fixes/s; staging COPY alone: {staging:,.0f}/s; in turn, "
                 f"{ratios(f['tens_and_staging'])}"),
        at_most("publish to PUBACK p99 at 20 % load", f["p99_ms"] / allowed_ms, "ratio", 1.0,
                f"{f['p99_ms']:.1f} ms, median {f['median_ms']:.1f}, at {f['load']:,.0f}/s; flush "
                f"{f['flush_ms']:.0f} + 3 x {f['commit_p99_ms']:.1f} ms, p99 of a bare commit of 20 rows"),
        "live",
        *(row for name, seconds in (("plain", 10), ("tls", 30)) for row in of_storm(f, name, seconds)),
        "understand",
        at_least("one INSERT and commit a message, ours over the naive way",
                 f["single"] / f["naive"], "ratio", 8,
                 f"{f['single']:,.0f}/s; naive: {f['naive']:,.0f}/s"),
        SOAK,
        "storage",
        at_most("publish to PUBACK p99 beside hostile devices", f["beside_ms"] / f["alone_ms"],
                "ratio", 2.0,
                f"{f['beside_ms']:.1f} ms; {f['alone_ms']:.1f} without {hostile.FOES} devices that "
                f"send rubbish at {hostile.PACE}/s each"),
    ]  # fmt: skip


def ratios(pairs):
    """The ratio of each round, in words."""
    return "rounds " + ", ".join(f"{ours / alone:.2f}" for ours, alone in pairs)


def of_storm(f, kind, seconds):
    found = f[kind]
    who = f"{found['devices']:,} devices"
    name = f"{who} connecting at once, 3 messages each, {kind}"
    rows = [_took(name, found, found["storms"][0], seconds)]
    for again in found["storms"][1:]:
        more = f", {again['resumed']:,} resumed"
        rows.append(_took(f"{name}, with session tickets", found, again, seconds / 2, more))
    name = f"{who}, {kind}: the door's memory at most"
    if kind == "plain":
        return [*rows, at_most(name, found["rss_mb"], "MB", 200)]
    whole, resumed = f["handshakes"]
    return [
        *rows,
        figure("a handshake of the door, resumed by a ticket", resumed, "ms of processor",
               f"{whole:.3f} ms where it is whole, P-256", "stated"),
        figure(name, found["rss_mb"], "MB", "stated"),
    ]  # fmt: skip


def _took(name, found, once, seconds, more=""):
    said = f"{found['missing']} missing, {once['tries']:,} connections{more}"
    took = at_most(name, once["seconds"], "s", seconds, said)
    took["held"] = took["held"] and not found["missing"]
    return took


def others(arguments, *, run):
    """Rows of the benchmarks of other rooms, by benchmark; of the last time where run is false."""
    found = {}
    for name in OTHERS:
        if importlib.util.find_spec(f"tests.bench.{name}") is None:
            continue
        command = [sys.executable, "-m", f"tests.bench.{name}", *arguments]
        done = not run or subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        file = RESULTS / f"{name}.json"
        if done and file.exists():
            found[name] = json.loads(file.read_text(encoding="utf-8"))["figures"]
    return found


def assembled(rows, more):
    """The rows of the goal, with those of the other benchmarks where they belong."""
    out = []
    for row in rows:
        if isinstance(row, dict):
            out.append(row)
        else:
            by_name = {f["name"]: f for f in more.get(row, ())}
            out += [by_name[name] for name in OTHERS[row] if name in by_name]
    return out


def main(quick, alone):
    ports.raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="gongche-bench-") as folder:
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder) / "data") as cluster:
            found = asyncio.run(measure(postgres.dsn(cluster), Path(folder), 10 if quick else 1))
    more = others(["--quick"] if quick else [], run=not alone)
    write("ingest", assembled(of_intake(found), more))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the load")
    parser.add_argument("--alone", action="store_true", help="do not run other benchmarks")
    asked = parser.parse_args()
    main(asked.quick, asked.alone)
