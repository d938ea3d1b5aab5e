"""Filling the register with the city, once; what was shown once is kept in a file of ours."""

import json
from dataclasses import dataclass
from pathlib import Path

from simulators import document
from simulators.api import Api
from simulators.city import PROVIDERS, City

KEPT = "credentials.json"


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register answered: ids by code, passwords of terminals and issuers by name."""

    ids: dict[str, dict[str, int]]
    devices: dict[str, str]


async def register(api: Api, city: City, folder: Path) -> Registered:
    """Import the city and let everybody speak with a token of their own.

    Tokens of devices are shown once, so they are kept in the folder (mode 0600) and found
    there when the city is started again; people get new tokens each time.

    Raises:
        ApiError: the import was refused.
        KeyError: the register knows our devices, but the folder lost their tokens.
    """
    answer = await api.must("POST", "/register/import", body=document.of(city))
    kept = _keep(folder, {device["name"]: device["token"] for device in answer["devices"]})
    api.know({person["code"]: person["token"] for person in answer["people"]})
    names = [car.device for car in city.cars] + sorted(set(PROVIDERS.values()))
    return Registered(answer["ids"], {name: kept[name] for name in names})


def _keep(folder: Path, new: dict[str, str]) -> dict[str, str]:
    path = folder / KEPT
    kept: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept | new), "utf-8")
    return kept | new
