"""`gongche roads`: a file in, and the networks listed."""

import asyncio
import json
import os
import subprocess
import sys

from telemetry import roads

LINE = {"type": "LineString", "coordinates": [[118.7, 30.9], [118.8, 30.95]]}


async def test_a_network_goes_in_and_is_listed(dsn, conn, pool, tmp_path):
    def gongche(*words):
        env = {**os.environ, "GONGCHE_DATABASE_URL": dsn, "GONGCHE_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "dispatch.run", "roads", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

    file = tmp_path / "xuancheng.geojson"
    feature = {"type": "Feature", "geometry": LINE, "properties": {"class": "city"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    done = await asyncio.to_thread(gongche, "import", file, "--from", "2026-01-01T00:00:00")
    assert done.returncode == 0, done.stderr
    (held,) = await roads.sets(conn)
    assert (held.name, held.roads, held.since.isoformat()) == (
        "xuancheng",
        1,
        "2026-01-01T00:00:00+00:00",
    )
    assert "xuancheng" in (await asyncio.to_thread(gongche, "list")).stdout
    file.write_text("{}")
    refused = await asyncio.to_thread(gongche, "import", file)
    assert (refused.returncode, "bad-roads" in refused.stderr) == (2, True)
