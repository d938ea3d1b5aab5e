"""docs/wire.md and docs/wire.schema.json say what the code does."""

import json
from pathlib import Path

import jsonschema
import pytest

from telemetry import wire
from telemetry.wire import document

DOCS = Path(__file__).parents[2] / "docs"
REMAKE = "run: python -m telemetry.wire.document docs"


def test_the_schema_is_that_of_the_code():
    assert (DOCS / "wire.schema.json").read_text(encoding="utf-8") == document.schema_text(), REMAKE


def test_the_tables_are_those_of_the_code():
    page = (DOCS / "wire.md").read_text(encoding="utf-8")
    assert document.with_tables(page) == page, REMAKE


def test_every_channel_is_documented():
    page = (DOCS / "wire.md").read_text(encoding="utf-8")
    for channel in wire.Channel:
        holder = "provider" if channel.is_providers else "device"
        assert f"`gongche/v1/{{{holder}}}/{channel}`" in page


@pytest.mark.parametrize(
    ("said", "valid"),
    [
        ({"ts": "2026-03-02T00:00:00Z", "lon": 117.2, "lat": 34.2}, True),
        ({"ts": "2026-03-02T00:00:00Z", "lon": 117.2}, False),
        ({"ts": "2026-03-02T00:00:00Z", "lon": 181, "lat": 34.2}, False),
        ({"ts": "2026-03-02T00:00:00Z", "lon": 1, "lat": 2, "fuel_ml": -1}, False),
        ({"ts": "2026-03-02T00:00:00Z", "lon": 1, "lat": 2, "colour": "red"}, False),
    ],
)
def test_the_schema_and_the_codec_agree(said, valid):
    schema = wire.json_schema() | {"$ref": "#/$defs/Fix"}
    assert jsonschema.Draft202012Validator(schema).is_valid(said) == valid
    try:
        wire.decode(wire.Channel.FIX, json.dumps(said).encode())
    except wire.BadPayload:
        assert not valid
    else:
        assert valid
