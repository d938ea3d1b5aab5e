"""`gongche fences`: a file of another datum in, the same file out."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from telemetry import geofences
from tests.understanding import START, prepare

CENTRE = [118.763923, 30.938580]  # GCJ-02 of 118.7588, 30.9408


@pytest.fixture
async def gongche(dsn, pool, tmp_path):
    async with pool.acquire() as conn:
        await prepare(conn)

    def run(*words):
        env = {**os.environ, "GONGCHE_DATABASE_URL": dsn, "GONGCHE_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "dispatch.run", "fences", *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

    return lambda *words: asyncio.to_thread(run, *words)


def file(tmp_path):
    point = {"type": "Point", "coordinates": CENTRE}
    good = {"type": "Feature", "geometry": point, "properties": {"name": "南站", "radius_m": 80}}
    bad = {"type": "Feature", "geometry": point, "properties": {"name": "无半径"}}
    path = tmp_path / "fences.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [good, bad]}))
    return path


async def test_a_file_goes_in_and_comes_out(gongche, conn, tmp_path):
    path, given = file(tmp_path), ("--pool", "XZ-CITY", "--datum", "gcj02")
    tried = await gongche("import", path, *given, "--dry-run")
    assert tried.returncode == 1, tried.stderr
    assert "南站: 可导入" in tried.stdout
    assert "无半径: 未导入" in tried.stdout
    done = await gongche("import", path, *given, "--kind", "site")
    assert "南站: 已导入" in done.stdout
    (line,) = await geofences.lines(conn, START.replace(year=2100), kinds=["site"])
    assert line.shape["coordinates"] == pytest.approx([118.7588, 30.9408], abs=2e-6)
    out = await gongche("export", "--datum", "gcj02")
    found = {f["properties"]["name"]: f for f in json.loads(out.stdout)["features"]}
    assert found["南站"]["geometry"]["coordinates"] == pytest.approx(CENTRE, abs=2e-7)


async def test_what_cannot_be_read_is_said_in_one_line(gongche, tmp_path):
    path = tmp_path / "x.geojson"
    path.write_text("{}")
    for words, said in (
        ((path, "--pool", "XZ-CITY"), "FeatureCollection"),
        ((path, "--pool", "XZ-CITY", "--kind", "moat"), "FeatureCollection"),
        ((tmp_path / "none", "--pool", "XZ-CITY"), "cannot read"),
    ):
        done = await gongche("import", *words, "--datum", "wgs84")
        assert done.returncode == 2
        assert said in done.stderr
    path.write_text('{"type": "FeatureCollection", "features": []}')
    done = await gongche("import", path, "--pool", "NOWHERE", "--datum", "wgs84")
    assert "no platform" in done.stderr
