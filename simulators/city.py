"""Who and what the simulated city has: the same for the same seed and number of cars."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from simulators import fleet, roads

PROVIDERS = {"fuel": "fuel-card-1", "electricity": "charge-1", "toll": "etc-1", "parking": "etc-1"}
"""The issuer that sends each kind of receipt."""

ORGANS = ("办公室", "财政局", "水利局", "教育局", "交通局", "农业农村局", "卫生健康委",
          "生态环境局", "住建局", "应急管理局", "审计局", "统计局")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pool:
    """A platform: where its depot is, how many cars, how many trips on a full workday."""

    code: str
    name: str
    name_en: str
    level: str
    adcode: str
    lon: float
    lat: float
    depot: str
    cars: int
    trips: float


@dataclass(frozen=True, slots=True)
class Firm:
    """A contracted rental firm; prices in fen."""

    name: str
    vehicles: int
    day_price_fen: int
    km_price_fen: int


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation that asks for cars; node is where its people board."""

    code: str
    name: str
    pool: str
    grassroots: bool
    node: str

    @property
    def requester(self) -> str:
        """The code of the person who asks."""
        return f"{self.code}-REQ"

    @property
    def approver(self) -> str:
        """The code of the person who approves."""
        return f"{self.code}-APP"


@dataclass(frozen=True, slots=True)
class Person:
    """A person with one role; pool and unit are the role's scope."""

    code: str
    name: str
    role: str
    pool: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver of a platform; code is the person's."""

    code: str
    name: str
    pool: str
    licence_class: str
    licence_until: date


@dataclass(frozen=True, slots=True, eq=False)
class City:
    """Everything of the simulated city that exists before its first day."""

    seed: int
    start: date
    roads: roads.Roads
    pools: tuple[Pool, ...]
    firms: tuple[Firm, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    cars: tuple[fleet.Car, ...]
    drivers: tuple[Driver, ...]

    def rng(self, *of: object) -> random.Random:
        """A generator of its own for one thing, so that no thing disturbs another."""
        return random.Random(f"{self.seed}:" + ":".join(map(str, of)))

    def pool(self, code: str) -> Pool:
        """A platform by its code."""
        return next(p for p in self.pools if p.code == code)

    def seat(self, pool: Pool) -> str:
        """The node of a platform's county seat."""
        return pool.adcode if pool.adcode in self.roads.nodes else "341802"


class _Row(NamedTuple):
    code: str
    name: str
    name_en: str
    level: str
    adcode: str
    lon: float
    lat: float
    small: int
    full: int
    trips: int


_POOLS = (
    _Row("XZ-CITY", "宣城市", "Xuancheng City", "city", "341800", 118.7420, 30.9330, 30, 110, 100),
    _Row("XZ-XZ", "宣州区", "Xuanzhou", "county", "341802", 118.7533, 30.9482, 8, 25, 25),
    _Row("XZ-NG", "宁国市", "Ningguo", "county", "341881", 118.9784, 30.6290, 8, 28, 22),
    _Row("XZ-GD", "广德市", "Guangde", "county", "341882", 119.4122, 30.8952, 8, 28, 24),
    _Row("XZ-LX", "郎溪县", "Langxi", "county", "341821", 119.1798, 31.1299, 6, 18, 16),
    _Row("XZ-JX", "泾县", "Jingxian", "county", "341823", 118.4071, 30.6882, 6, 18, 15),
    _Row("XZ-JI", "绩溪县", "Jixi", "county", "341824", 118.5899, 30.0679, 4, 12, 8),
    _Row("XZ-JD", "旌德县", "Jingde", "county", "341825", 118.5381, 30.2906, 4, 10, 7),
)
_SMALL = sum(row.small for row in _POOLS)


def build(seed: int, start: date, cars: int = _SMALL) -> City:
    """The city of a seed.

    Args:
        seed: everything invented follows from it.
        start: the first day of its history.
        cars: 74 is the small city, 249 the full one; any number from 16 on is dealt
            out to the platforms in the same shares.

    Raises:
        ValueError: fewer than two cars a platform.
    """
    if cars < 2 * len(_POOLS):
        raise ValueError(f"a city needs at least {2 * len(_POOLS)} cars, not {cars}")
    pools = tuple(_pools(cars))
    network = roads.load(tuple(_extra_nodes(pools)))
    units = tuple(_units(pools, network))
    fleet_ = tuple(
        car for pool in pools for car in fleet.of_pool(seed, pool.code, pool.cars,
                                                       (pool.lon, pool.lat), start)
    )  # fmt: skip
    drivers = tuple(_drivers(pools, fleet_, start))
    return City(
        seed=seed, start=start, roads=network, pools=pools,
        firms=tuple(
            Firm(f"定点租赁{which}公司", cars_, price, per_km)
            for which, cars_, price, per_km in
            (("甲", 12, 36_000, 260), ("乙", 15, 38_000, 250), ("丙", 20, 40_000, 240))
        ),
        units=units, people=tuple(_people(pools, units, drivers)), cars=fleet_, drivers=drivers,
    )  # fmt: skip


def _pools(cars: int) -> Iterator[Pool]:
    shares = [row.full if cars >= 249 else row.small for row in _POOLS]
    counts = [max(2, share * cars // sum(shares)) for share in shares]
    counts[0] += cars - sum(counts)
    for row, count in zip(_POOLS, counts, strict=True):
        yield Pool(
            row.code, f"{row.name}公务用车平台", row.name_en, row.level, row.adcode,
            row.lon, row.lat, f"depot-{row.code.lower()}", count, row.trips * count / row.full,
        )  # fmt: skip


def _extra_nodes(pools: tuple[Pool, ...]) -> Iterator[roads.Node]:
    for pool in pools:
        seat = "341802" if pool.level == "city" else pool.adcode
        yield roads.Node(
            pool.depot, f"{pool.name_en} depot", f"{pool.name}停车场", "depot",
            pool.lon, pool.lat, seat,
        )  # fmt: skip
        for i in range(4 if pool.level == "city" else 2):
            angle = 2.4 * i + 0.7 * len(pool.name_en)
            yield roads.Node(
                f"office-{pool.code.lower()}-{i + 1}", f"{pool.name_en} offices {i + 1}",
                f"{_short(pool)}政务办公区{i + 1}号", "office",
                round(pool.lon + 0.013 * (1 + i * 0.35) * math.cos(angle), 5),
                round(pool.lat + 0.011 * (1 + i * 0.35) * math.sin(angle), 5),
                seat,
            )  # fmt: skip


def _units(pools: tuple[Pool, ...], network: roads.Roads) -> Iterator[Unit]:
    for pool in pools:
        at_seat, in_towns = (12, 0) if pool.level == "city" else (3, 1 if pool.cars < 6 else 2)
        offices = 4 if pool.level == "city" else 2
        for i in range(at_seat):
            yield Unit(
                f"{pool.code}-U{i + 1:02}", f"{_short(pool)}{ORGANS[i]}", pool.code, False,
                f"office-{pool.code.lower()}-{i % offices + 1}",
            )  # fmt: skip
        seat = network.nodes["341802" if pool.level == "city" else pool.adcode]
        towns = sorted(
            (n for n in network.nodes.values() if n.kind == "town" and n.adcode == seat.adcode),
            key=lambda n: (abs(n.lon - seat.lon) + abs(n.lat - seat.lat), n.id),
        )
        for i in range(in_towns):
            town = towns[(i + 1) * len(towns) // 3]
            yield Unit(
                f"{pool.code}-T{i + 1:02}", f"{_short(pool)}{town.name_zh}政府",
                pool.code, True, town.id,
            )  # fmt: skip


def _drivers(pools: tuple[Pool, ...], cars: tuple[fleet.Car, ...], start: date) -> Iterator[Driver]:
    number = 0
    for pool in pools:
        own = [car for car in cars if car.pool == pool.code]
        coaches = sum(car.cls == "coach" for car in own)
        buses = sum(car.cls == "midibus" for car in own)
        for i in range(max(2, round(0.85 * len(own)))):
            number += 1
            licence = "A1" if i < coaches * 2 else "B1" if i < (coaches + buses) * 2 else "C1"
            yield Driver(
                f"DRV{number:03}", f"驾驶员{number:03}", pool.code, licence,
                date(start.year + 2 + number % 4, 1 + number % 12, 28),
            )  # fmt: skip


def _people(
    pools: tuple[Pool, ...], units: tuple[Unit, ...], drivers: tuple[Driver, ...]
) -> Iterator[Person]:
    for i, unit in enumerate(units, 1):
        yield Person(unit.requester, f"申请人{i:03}", "requester", unit=unit.code)
        yield Person(unit.approver, f"审批人{i:03}", "unit_approver", unit=unit.code)
    for i in (1, 2):
        yield Person(f"REV{i}", f"主管审核{i:02}", "authority_reviewer")
    yield Person("CITYDISP", "总调度01", "city_dispatcher")
    yield Person("SUPER", "监督员01", "supervisor")
    yield Person("COMPETENT", "主管部门01", "competent_admin")
    for i, pool in enumerate(pools, 1):
        yield Person(f"{pool.code}-DISP", f"调度员{i:02}", "dispatcher", pool=pool.code)
        yield Person(f"{pool.code}-ACC", f"会计{i:02}", "accountant", pool=pool.code)
        yield Person(f"{pool.code}-FLEET", f"车管员{i:02}", "fleet_manager", pool=pool.code)
    for driver in drivers:
        yield Person(driver.code, driver.name, "driver", pool=driver.pool)


def keeper_of(pool_code: str) -> str:
    """The code of the person who keeps a platform's cars."""
    return f"{pool_code}-FLEET"


def _short(pool: Pool) -> str:
    return pool.name.removesuffix("公务用车平台")
