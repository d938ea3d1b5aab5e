"""The cars: what they are, what they use, what hangs on them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of car: its share of a fleet, what it holds and what it uses."""

    share: float
    models: tuple[str, ...]
    cls: str
    seats: int
    powertrain: str
    tank_ml: int | None
    battery_wh: int | None
    ml_per_100km: int
    wh_per_100km: int
    product: str
    toll_fen_per_km: int

    @property
    def range_m(self) -> int:
        """Metres on a full tank and battery."""
        if self.tank_ml:
            return self.tank_ml * 100_000 // self.ml_per_100km
        return (self.battery_wh or 0) * 100_000 // self.wh_per_100km


# Shares and consumption are estimates of the field's order of magnitude, not a survey.
# share, models, class, seats, powertrain, tank ml, battery Wh, ml and Wh per 100 km, fuel, toll
KINDS = (
    Kind(0.20, ("秦PLUS EV", "埃安S"), "sedan", 5, "bev", None, 55_000, 0, 15_000, "", 45),
    Kind(
        0.35, ("朗逸", "红旗H5", "荣威i5"), "sedan", 5, "petrol", 55_000, None, 7_800, 0, "92#", 45
    ),
    Kind(0.08, ("秦L DM-i",), "sedan", 5, "phev", 48_000, 18_000, 5_000, 8_000, "92#", 45),
    Kind(0.12, ("哈弗H6", "传祺GS4"), "suv", 5, "petrol", 60_000, None, 9_500, 0, "92#", 45),
    Kind(0.13, ("GL8", "传祺M8"), "mpv", 7, "petrol", 66_000, None, 10_500, 0, "95#", 45),
    Kind(0.08, ("柯斯达", "宇通T7"), "midibus", 19, "diesel", 90_000, None, 15_000, 0, "0#", 80),
    Kind(0.02, ("宇通ZK6119",), "coach", 45, "diesel", 260_000, None, 25_000, 0, "0#", 130),
    Kind(0.02, ("全顺应急通信车",), "special", 5, "diesel", 80_000, None, 11_000, 0, "0#", 45),
)

PRICE_FEN_PER_L = {"92#": 760, "95#": 810, "0#": 730}
CHARGE_FEN_PER_KWH = {"depot": 65, "public": 125}


@dataclass(frozen=True, slots=True)
class Car:
    """One car with its identifiers and its own parking spot."""

    code: str
    plate: str
    card: str
    obu: str
    device: str
    pool: str
    kind: Kind
    model: str
    category: str
    first_registered: date
    home_lon: float
    home_lat: float

    @property
    def cls(self) -> str:
        """The class, such as sedan."""
        return self.kind.cls


def of_pool(
    seed: int, pool: str, count: int, depot: tuple[float, float], start: date
) -> Iterator[Car]:
    """The cars of a platform, by the fleet's mix."""
    rng = random.Random(f"{seed}:fleet:{pool}")
    for i, kind in enumerate(_mix(count), 1):
        serial = f"{pool[3:]}{i:03}"
        age_d = rng.randint(8 * 365, 11 * 365) if rng.random() < 0.18 else rng.randint(90, 8 * 365)
        nev = kind.powertrain in ("bev", "phev")
        number = _number(pool) * 1000 + i
        yield Car(
            code=f"V-{serial}",
            plate=f"皖PD{number:05}" if nev else f"皖P{number:05}",
            card=f"3418{number:012}",
            obu=f"OBU3418{number:08}",
            device=f"bd-{serial.lower()}",
            pool=pool,
            kind=kind,
            model=rng.choice(kind.models),
            category="SPECIAL_TECH" if kind.cls == "special" else "OTHER",
            first_registered=start - timedelta(days=age_d),
            home_lon=round(depot[0] + 0.00004 * (i % 10 - 4.5), 6),
            home_lat=round(depot[1] + 0.00007 * (i // 10 % 10 - 1), 6),
        )


def _number(pool: str) -> int:
    return ("CITY", "XZ", "NG", "GD", "LX", "JX", "JI", "JD").index(pool[3:]) + 1


def _mix(count: int) -> list[Kind]:
    """So many of each kind by largest remainder; kinds that carry many come to big fleets."""
    exact = [kind.share * count for kind in KINDS]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(KINDS)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_remainder[: count - sum(whole)]:
        whole[i] += 1
    return [kind for kind, n in zip(KINDS, whole, strict=True) for _ in range(n)]
