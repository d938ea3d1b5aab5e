"""The desk of fences: drawn, checked, changed, ended, undone and imported, each by who may."""

import json
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.website import id_of, imported, person, program, site, token

CIRCLE = {"type": "Point", "coordinates": [118.742, 30.933]}
BOW_TIE = [[118.7, 30.9], [118.72, 30.92], [118.72, 30.9], [118.7, 30.92], [118.7, 30.9]]


@pytest.fixture
async def house(pool, clock, conn):
    """The small city, in which each platform has a fence around its depot."""
    async with site(pool, clock) as app:
        await imported(app, conn)
        yield app


@asynccontextmanager
async def keeper(house, conn, code="K", *, pool="XZ", role="fleet_manager"):
    """Someone with a role on a platform, as a client; and the platform's id."""
    pool_id = await id_of(conn, "pool", pool)
    who = await person(conn, code, (role, {"pool_id": pool_id}))
    async with program(house, await token(conn, who)) as client:
        yield client, pool_id


def draft(pool_id, **more):
    return {
        "pool_id": pool_id, "name": "北门", "kind": "site", "shape": CIRCLE, "radius_m": 300,
        "windows": [{"days": [1, 2], "on": "workdays", "from": "22:00", "to": "06:00"}],
    } | more  # fmt: skip


async def names(client, **query):
    found = (await client.get("/api/v1/fences", params=query)).json()["items"]
    return {one["name"]: one for one in found}


async def made(client, pool_id, **more):
    answer = await client.post("/api/v1/fences", json=draft(pool_id, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_fence_comes_back_as_it_was_drawn(house, conn):
    async with keeper(house, conn) as (client, pool_id):
        fence_id = await made(client, pool_id)
        detail = (await client.get(f"/api/v1/fences/{fence_id}")).json()
    fence = detail["fence"]
    assert {key: fence[key] for key in draft(pool_id)} == draft(pool_id)
    assert (detail["inside"], detail["others"]) == ([], 0)
    assert [one["action"] for one in detail["changes"]] == ["created"]


async def test_what_is_wrong_is_said_with_its_place_before_and_when_it_is_saved(house, conn):
    wrong = {"shape": {"type": "Polygon", "coordinates": [BOW_TIE]}, "radius_m": None}
    async with keeper(house, conn) as (client, pool_id):
        said = await client.post("/api/v1/fences/check", json=draft(pool_id, **wrong))
        (problem,) = said.json()
        assert (round(problem["lon"], 3), round(problem["lat"], 3)) == (118.71, 30.91)
        assert (await client.post("/api/v1/fences/check", json=draft(pool_id))).json() == []
        answer = await client.post("/api/v1/fences", json=draft(pool_id, **wrong))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-fence")
        assert answer.json()["facts"]["problems"][0]["code"] == problem["code"]
        assert "北门" not in await names(client)


async def test_a_change_is_undone_and_an_end_too(house, conn):
    async with keeper(house, conn) as (client, pool_id):
        fence_id = await made(client, pool_id)
        path = f"/api/v1/fences/{fence_id}"
        changed = await client.put(path, json=draft(pool_id, name="南门", radius_m=500))
        assert changed.status_code == 200, changed.text
        assert (await names(client))["南门"]["radius_m"] == 500
        undo = f"{path}/changes/{changed.json()['change_id']}/undo"
        assert (await client.post(undo)).status_code == 200
        assert (await names(client))["北门"]["radius_m"] == 300
        ended = await client.post(f"{path}/end", json={})
        assert ended.status_code == 200, ended.text
        assert "北门" not in await names(client)
        assert (await names(client, ended=True))["北门"]["until"] is not None
        undo = f"{path}/changes/{ended.json()['change_id']}/undo"
        assert (await client.post(undo)).status_code == 200
        assert "北门" in await names(client)
        stale = await client.post(undo)
        assert (stale.status_code, stale.json()["code"]) == (409, "stale-fence-change")


async def test_a_change_is_not_undone_under_another_fences_name(house, conn):
    async with keeper(house, conn) as (client, pool_id):
        one, other = await made(client, pool_id), await made(client, pool_id, name="南门")
        detail = (await client.get(f"/api/v1/fences/{one}")).json()
        change = detail["changes"][0]["id"]
        answer = await client.post(f"/api/v1/fences/{other}/changes/{change}/undo")
        assert answer.status_code == 404


async def test_a_platform_neither_sees_nor_changes_anothers_fences(house, conn):
    async with keeper(house, conn) as (client, pool_id):
        fence_id = await made(client, pool_id)
    path = f"/api/v1/fences/{fence_id}"
    async with keeper(house, conn, "N", pool="NG") as (client, own):
        assert {one["pool_id"] for one in (await names(client)).values()} == {own}
        assert (await client.get(path)).status_code == 404
        assert (await client.post(f"{path}/end", json={})).status_code == 404
        assert (await client.post("/api/v1/fences", json=draft(pool_id))).status_code == 403
    async with keeper(house, conn, "D", role="dispatcher") as (client, pool_id):
        assert (await client.get(path)).status_code == 200
        assert (await client.put(path, json=draft(pool_id))).status_code == 403


async def test_who_is_inside_is_named_only_where_it_is_ones_own(house, conn, clock):
    async with keeper(house, conn) as (client, pool_id):
        fence_id = await made(client, pool_id)
        for code in ("V-XZ1", "V-NG1"):
            await conn.execute(
                "INSERT INTO fence_visit (vehicle_id, fence_id, entered_at, version) VALUES ($1, $2, $3, '')",
                await id_of(conn, "vehicle", code),
                fence_id,
                clock.now() - timedelta(minutes=5),
            )
        detail = (await client.get(f"/api/v1/fences/{fence_id}")).json()
        assert ([one["code"] for one in detail["inside"]], detail["others"]) == (["V-XZ1"], 1)
        assert (await names(client))["北门"]["inside"] == 2


async def test_a_file_is_tried_then_imported_and_exported_in_its_datum(house, conn):
    features = [
        {"type": "Feature", "properties": {"name": "一", "radius_m": 200}, "geometry": CIRCLE},
        {"type": "Feature", "properties": {"name": "二"}, "geometry": {"type": "Polygon", "coordinates": [BOW_TIE]}},
    ]  # fmt: skip
    text = json.dumps({"type": "FeatureCollection", "features": features})
    async with keeper(house, conn) as (client, pool_id):
        body = {"text": text, "datum": "gcj02", "pool_id": pool_id, "kind": "sensitive"}
        for dry_run in (True, False):
            answer = await client.post("/api/v1/fences/import", json=body | {"dry_run": dry_run})
            rows = answer.json()
            assert [row["outcome"] for row in rows] == ["new", "refused"], answer.text
            assert ("一" in await names(client)) is not dry_run
        lon, _ = rows[0]["shape"]["coordinates"]
        assert 0.002 < abs(lon - 118.742) < 0.01, "converted to WGS-84"
        answer = await client.get("/api/v1/fences/export", params={"datum": "gcj02"})
        assert answer.headers["content-type"].startswith("application/geo+json")
        out = {one["properties"]["name"]: one for one in answer.json()["features"]}
        assert out["一"]["geometry"]["coordinates"] == pytest.approx([118.742, 30.933], abs=2e-6)
        nonsense = await client.post("/api/v1/fences/import", json=body | {"text": "{"})
        assert (nonsense.status_code, nonsense.json()["code"]) == (400, "invalid-geojson")
