"""Publish to socket, the whole system running: python -m tests.bench.live [--quick].

`gongche serve` as its own processes on an embedded database; a crowd of terminals and a watching
socket in this one. Writes build/bench/live.json.
"""

import asyncio
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from dispatch.kernel import db
from simulators.crowd import Crowd, run
from simulators.live import LiveWatch
from tests import website

ROOT = Path(__file__).parents[2]
CASES = (("100 fixes/s", 1_000, 0.1), ("1,000 fixes/s", 1_000, 1.0))


@contextlib.contextmanager
def serving(folder: Path):
    """`gongche serve` on free ports; gives what run.json says."""
    ours = os.environ | {
        "GONGCHE_DATA_DIR": str(folder),
        "GONGCHE_DOOR_PORT": "0",
        "GONGCHE_HTTP_PORT": "0",
    }
    from tests.run.test_serve import free_port
    from tests.run.waiting import until

    ours |= {"GONGCHE_DOOR_PORT": str(free_port()), "GONGCHE_HTTP_PORT": str(free_port())}
    with (folder.parent / "said").open("wb") as said:
        serve = subprocess.Popen(
            [sys.executable, "-m", "dispatch.run", "serve"], env=ours, stdout=said, stderr=said
        )
        try:
            until((folder / "run.json").exists, "run.json")
            until(lambda: b"run_file" in (folder.parent / "said").read_bytes(), "ready")
            yield json.loads((folder / "run.json").read_text("utf-8"))
        finally:
            serve.terminate()
            serve.wait(60)


async def measure(found: dict, code: str, vehicles: int, hz: float, seconds: float) -> dict:
    """Percentiles in ms of one pace, as seen by one socket that watches every car."""
    pool = await db.open_pool(found["database"])
    async with pool, pool.acquire() as conn:
        admin = await website.administrator(conn, code)
        watcher = await website.person(conn, f"W-{code}", ("city_dispatcher", {}))
        watch = LiveWatch(found["http_url"], await website.token(conn, watcher))
        owners: dict[str, int] = {}

        async def bound() -> None:
            rows = await conn.fetch(
                "SELECT d.name, b.vehicle_id FROM binding b JOIN device d ON d.id = b.device_id"
            )
            owners.update((r["name"], r["vehicle_id"]) for r in rows)

        def tell(facts) -> None:
            if facts["phase"] == "registered":
                asyncio.get_running_loop().create_task(bound())

        def sent(device, fix) -> None:
            watch.published(owners.get(device, -1), round(fix.lon * 1e7), round(fix.lat * 1e7))

        watching = asyncio.create_task(watch.run())
        mqtt = (found["mqtt"]["host"], found["mqtt"]["port"])
        crowd = Crowd(found["http_url"], mqtt, admin, vehicles, hz, seconds)
        said = await run(crowd, tell, asyncio.Event(), sent)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        stored = await conn.fetchval("SELECT count(*) FROM fix")
    return watch.percentiles_ms() | {"acked": said["acked"], "stored": stored}


def figures(name: str, found: dict) -> list[dict]:
    """What one pace showed."""
    p99 = found["p99"]
    common = {"reference": f"{found['samples']} samples of {found['acked']} reports"}
    return [
        common
        | {
            "name": f"publish to socket p99, 1,000 cars, {name}",
            "value": p99,
            "unit": "ms",
            "reach": 1000,
            "held": p99 is not None and p99 <= 1000,
        },
        common
        | {
            "name": f"publish to socket p50, 1,000 cars, {name}",
            "value": found["p50"],
            "unit": "ms",
            "reach": None,
            "held": None,
        },
    ]


def main(quick: bool) -> None:
    """Measure both paces and write them down."""
    seconds = 15.0 if quick else 60.0
    all_figures = []
    with tempfile.TemporaryDirectory(prefix="gc-live-") as home:
        Path(home).chmod(0o755)
        with serving(Path(home) / "data") as found:
            for i, (name, vehicles, hz) in enumerate(CASES):
                all_figures += figures(
                    name, asyncio.run(measure(found, f"A-{i}", vehicles, hz, seconds))
                )
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "commit": subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
        ).stdout.strip(),
        "figures": all_figures,
    }
    out = ROOT / "build" / "bench" / "live.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=2, ensure_ascii=False), encoding="utf-8")
    for f in all_figures:
        print(f["name"], f["value"], f["unit"], f["reference"])


if __name__ == "__main__":
    main("--quick" in sys.argv)
