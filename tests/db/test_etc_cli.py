"""`gongche tolls` as a person types it."""

import asyncio

import pytest
from typer.testing import CliRunner

from dispatch.kernel.errors import Invalid
from dispatch.run.cli_settings import settings
from dispatch.run.cli_tolls import app
from telemetry import passages


@pytest.fixture
def gongche(dsn, tmp_path):
    """Runs a verb on the test's database."""

    async def verb(*words):
        env = {"GONGCHE_DATABASE_URL": dsn, "GONGCHE_DATA_DIR": str(tmp_path)}

        def invoke():
            settings.cache_clear()
            try:
                return CliRunner().invoke(app, list(words), env=env, catch_exceptions=False)
            finally:
                settings.cache_clear()

        return await asyncio.to_thread(invoke)

    return verb


async def test_places_are_imported_and_moved(gongche, conn, tmp_path):
    file = tmp_path / "stations.csv"
    file.write_text("name,lon,lat\n宣城北收费站,118.75,30.99\n宁国收费站,118.97,30.62\n", "utf-8")
    assert "2 places, 2 of them new or moved" in (await gongche("import", str(file))).stdout
    file.write_text("name,lon,lat\n宣城北收费站,118.76,30.99\n宁国收费站,118.97,30.62\n", "utf-8")
    assert "2 places, 1 of them new or moved" in (await gongche("import", str(file))).stdout
    found = await passages.places(conn)
    assert [(p.name, p.lon) for p in found] == [("宁国收费站", 118.97), ("宣城北收费站", 118.76)]
    kinds = await conn.fetch("SELECT action FROM audit_entry WHERE object = 'toll_place'")
    assert [r["action"] for r in kinds] == ["tolls.import"] * 2


async def test_a_file_that_is_none_is_refused(gongche, tmp_path):
    file = tmp_path / "stations.csv"
    file.write_text("name,lon\n站,1\n", "utf-8")
    with pytest.raises(Invalid, match="not a list of places"):
        await gongche("import", str(file))
