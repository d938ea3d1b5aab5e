"""The answer to "which car?": ranked, and for every other car one reason."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch import requests
from dispatch.kernel.db import Conn
from dispatch.kernel.db.outbox import Json
from dispatch.orders import store
from dispatch.orders.match import Misfit, loaded_m
from dispatch.orders.model import Fleet, Held, Period
from dispatch.orders.search import Board, Option, Refusal, Split, rank

MARGIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A car with a driver that can serve the request; money in fen, beside what is held."""

    vehicle_id: int
    plate: str
    vehicle_class: str
    driver_id: int
    driver_name: str
    pool_id: int
    pool_name: str
    cross_pool: bool
    start_at: datetime
    cost_fen: int
    split: Split
    deadhead_m: int


@dataclass(frozen=True, slots=True)
class Ineligible:
    """A car that cannot, the first rule it breaks and its facts."""

    vehicle_id: int
    plate: str
    rule: str
    facts: dict[str, str | int]
    message: str


@dataclass(frozen=True, slots=True)
class RentalOffer:
    """The cheapest rental firm with a car left."""

    firm_id: int
    name: str
    price_fen: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """All cars of all platforms; `rental` is a price, not a permission."""

    alternatives: tuple[Alternative, ...]
    ineligible: tuple[Ineligible, ...]
    rental: RentalOffer | None
    pool_code: str


_MESSAGES = {
    "H14": "车辆年检或保险已过期",
    "H15": "座位不足：乘车 {passengers} 人，可乘 {seats} 人",
    "H16": "机要通信用车不跨平台调度",
    "H17": "执法执勤、特种专业技术用车不参与统一调度",
    "H11": "驾驶员当日驾驶时间将超过上限",
    "class": "车型不符合申请",
    "range": "续航不足：需 {metres} 米，可行 {range_m} 米",
    "reserve": "该平台须留足备勤车辆 {reserve} 辆",
    "too-late": "无法按时到达，将晚 {late_minutes} 分钟",
    "busy": "该时段已有安排",
    "no-driver": "无可用驾驶员",
}


def message(why: Misfit) -> str:
    """The Chinese sentence of a refusal."""
    return _MESSAGES.get(why.rule, why.rule).format(**why.facts)


async def board(conn: Conn, span: Period, fleet: Fleet, now: datetime) -> Board:
    """All platforms' cars and drivers with what they are held for around a period."""
    net = store.net_of(fleet)
    wide = Period(min(span.start, now) - MARGIN, span.end + MARGIN)
    return Board(fleet, net, await store.held(conn, wide, net), now)


async def find(conn: Conn, request: requests.Request, fleet: Fleet, now: datetime) -> Candidates:
    """Every car of every platform for a request, beside all that is held."""
    span = Period(request.depart_at, request.return_at)
    found = list((await board(conn, span, fleet, now)).search(request))
    names = {p.id: p.name for p in fleet.pools}
    options = sorted((o for o in found if isinstance(o, Option)), key=rank)
    return Candidates(
        alternatives=tuple(
            Alternative(
                vehicle_id=o.car.id,
                plate=o.car.plate,
                vehicle_class=o.car.vehicle_class,
                driver_id=o.driver.id,
                driver_name=o.driver.name,
                pool_id=o.car.pool_id,
                pool_name=names[o.car.pool_id],
                cross_pool=o.car.pool_id != request.pool_id,
                start_at=o.trip.depart_at,
                cost_fen=o.split.fen,
                split=o.split,
                deadhead_m=o.deadhead_m,
            )
            for o in options
        ),
        ineligible=tuple(
            Ineligible(r.car.id, r.car.plate, r.why.rule, r.why.facts, message(r.why))
            for r in found
            if isinstance(r, Refusal)
        ),
        rental=_rental(request, fleet, await store.rented(conn, span)),
        pool_code=next(p.code for p in fleet.pools if p.id == request.pool_id),
    )


def reasons(found: Sequence[Option | Refusal]) -> dict[str, Json]:
    """How many cars break which rule first."""
    counts = Counter(r.why.rule for r in found if isinstance(r, Refusal))
    return {rule: counts[rule] for rule in sorted(counts)}


def as_held(request: requests.Request, option: Option) -> Held:
    """An option as if it were held."""
    return Held(
        leg_id=0,  # type: ignore[arg-type]
        order_id=None,
        order_no=None,
        request_id=request.id,
        pool_id=request.pool_id,
        unit_id=request.unit_id,
        vehicle_id=option.car.id,
        driver_id=option.driver.id,
        kind="trip",
        status="assigned",
        period=option.fit.period,
        depart_at=option.trip.depart_at,
        return_at=option.trip.return_at,
        origin=option.trip.origin,
        destination=option.trip.destination,
        driving_s=request.drive_s * (1 if request.kind == "drop_off" else 2),
        loaded_m=loaded_m(request),
        passengers=request.passengers,
    )


def take(board: Board, request: requests.Request, option: Option) -> None:
    """Hold an option on the board, its chained neighbours shifted."""
    for leg, period in option.fit.shifts:
        board.replace(leg, replace(leg, period=period))
    board.add(as_held(request, option))


def rental_fen(request: requests.Request, day_price_fen: int, km_price_fen: int) -> int:
    """A rental's price: days begun and kilometres with the party."""
    days = -(-(request.return_at - request.depart_at) // timedelta(days=1))
    return days * day_price_fen + (loaded_m(request) * km_price_fen + 500) // 1000


def _rental(request: requests.Request, fleet: Fleet, rented: dict[int, int]) -> RentalOffer | None:
    offers = [
        RentalOffer(f.id, f.name, rental_fen(request, f.day_price_fen, f.km_price_fen))
        for f in fleet.firms
        if rented.get(f.id, 0) < f.vehicles
    ]
    return min(offers, key=lambda o: (o.price_fen, o.firm_id), default=None)
