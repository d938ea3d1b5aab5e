"""Filling the register through the API, and getting a password for every terminal."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulators import document
from simulators.api import Api
from simulators.city import PROVIDERS, City
from simulators.document import Json


@dataclass(frozen=True, slots=True)
class Registered:
    """What the register answered: ids by code, passwords of terminals and issuers by name."""

    ids: dict[str, dict[str, int]]
    devices: dict[str, str]


async def register(api: Api, city: City) -> Registered:
    """Import the city and let everybody speak with a token of their own.

    Raises:
        ApiError: the import was refused.
    """
    answer = await api.must("POST", "/register/import", body=document.of(city))
    api.know({person["code"]: person["token"] for person in answer["people"]})
    names = [car.device for car in city.cars] + sorted(set(PROVIDERS.values()))
    return Registered(answer["ids"], await passwords(api, answer, names))


async def passwords(api: Api, answer: Any, names: Iterable[str]) -> dict[str, str]:  # noqa: ANN401
    """Tokens of terminals and issuers; one that is known already gets a new one.

    Args:
        api: of somebody who may rotate tokens.
        answer: of an import, which shows the tokens of what is new.
        names: all that are wanted.
    """
    known: dict[str, str] = {device["name"]: device["token"] for device in answer["devices"]}
    missing = [name for name in names if name not in known]
    rotated = await asyncio.gather(
        *(api.must("POST", f"/devices/{name}/rotate") for name in missing)
    )
    return known | {name: got["token"] for name, got in zip(missing, rotated, strict=True)}


@dataclass(frozen=True, slots=True)
class Guest:
    """A vehicle that only reports where it is: its code, its terminal, where it first was."""

    code: str
    device: str
    lon: float
    lat: float


def guests(pool: tuple[str, str, str], since: datetime, cars: list[Guest]) -> Json:
    """An import document for vehicles of a platform of their own.

    Args:
        pool: code, name and English name.
        since: from when on they exist, aware.
        cars: at least one; the platform's depot is where the first one is.
    """
    code, name, name_en = pool
    return {
        "from": since.isoformat(),
        "pools": [
            {
                "code": code, "name": name, "name_en": name_en, "level": "county",
                "adcode": code, "lon": cars[0].lon, "lat": cars[0].lat,
            }
        ],
        "vehicles": [
            {
                "code": car.code, "pool": code, "plate": car.code, "model": "未知",
                "class": "sedan", "category": "OTHER", "seats": 5, "powertrain": "petrol",
                "first_registered": since.date().isoformat(),
                "home_lon": car.lon, "home_lat": car.lat, "device": car.device,
            }
            for car in cars
        ],
    }  # fmt: skip
