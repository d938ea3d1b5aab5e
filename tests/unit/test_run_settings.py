"""Settings are documented, and mistakes in them are named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from dispatch.kernel.errors import SetupError
from dispatch.run.cli_settings import settings
from dispatch.run.settings import Settings, reference

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch):
    for name in Settings.model_fields:
        monkeypatch.delenv(f"GONGCHE_{name.upper()}", raising=False)
    settings.cache_clear()


@pytest.mark.parametrize("row", reference().splitlines()[2:])
def test_every_setting_is_documented_as_it_is(row):
    assert row in DOCUMENT.read_text(encoding="utf-8")


def test_every_setting_has_a_default_and_says_what_it_does():
    assert Settings().http_port == 8080
    for name, field in Settings.model_fields.items():
        assert not field.is_required(), name
        assert len(field.description) > 20, name


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        Settings().http_port = 1


def test_a_mistaken_setting_is_named_with_its_value(monkeypatch):
    monkeypatch.setenv("GONGCHE_HTTP_PORT", "eighty")
    with pytest.raises(SetupError, match="GONGCHE_HTTP_PORT='eighty'"):
        settings()


def test_the_origin_is_the_public_address_where_there_is_one(monkeypatch):
    assert Settings().origin == "http://127.0.0.1:8080"
    monkeypatch.setenv("GONGCHE_PUBLIC_URL", "https://cars.example/")
    assert Settings().origin == "https://cars.example"


def test_an_ordinary_users_data_lives_in_the_xdg_folder(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("XDG_DATA_HOME", "/home/she/.data")
    assert Settings().data_dir == Path("/home/she/.data/gongche")
