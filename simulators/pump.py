"""What is bought on the road: fuel, electricity, parking; amounts in whole fen."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from simulators.city import PROVIDERS
from simulators.fleet import CHARGE_FEN_PER_KWH, PRICE_FEN_PER_L, Car
from telemetry.wire import Receipt


@dataclass(frozen=True, slots=True)
class Slip:
    """A receipt on its way: who bought, who sends it and when (seconds since 1970)."""

    car: str
    issuer: str
    receipt: Receipt
    send_at: int
    copies: int = 1


def moment(at: int) -> datetime:
    """Seconds since 1970 as an aware UTC time."""
    return datetime.fromtimestamp(at, UTC)


def fuel_fen(ml: int, fen_per_l: int) -> int:
    """The price of so many millilitres, half a fen up."""
    return (ml * fen_per_l + 500) // 1000


def electricity_fen(wh: int, fen_per_kwh: int) -> int:
    """The price of so many watt-hours, half a fen up."""
    return (wh * fen_per_kwh + 500) // 1000


def fill(car: Car, at: int, ml: int, station: str, lon: float, lat: float, odo: float) -> Receipt:
    """The fuel card's word about a fill."""
    product = car.kind.product
    return Receipt(
        txn=f"F{at}-{car.card[-7:]}",
        kind="fuel",
        at=moment(at),
        amount_fen=fuel_fen(ml, PRICE_FEN_PER_L[product]),
        card_no=car.card,
        plate=car.plate,
        place=f"{station}加油站",
        lon=round(lon, 6),
        lat=round(lat, 6),
        product=product,
        quantity_ml=ml,
        odometer_m=int(odo),
        posted_at=moment(at + 60),
    )


def charge(
    car: Car, at: int, wh: int, where: str, lon: float, lat: float, *, public: bool
) -> Receipt:
    """The charger's word about a session, at its end."""
    price = CHARGE_FEN_PER_KWH["public" if public else "depot"]
    return Receipt(
        txn=f"E{at}-{car.card[-7:]}",
        kind="electricity",
        at=moment(at),
        amount_fen=electricity_fen(wh, price),
        card_no=car.card,
        plate=car.plate,
        place=f"{where}充电站",
        lon=round(lon, 6),
        lat=round(lat, 6),
        quantity_wh=wh,
        posted_at=moment(at + 30),
    )


def parking(car: Car, entry: int, exit_: int, where: str) -> Receipt:
    """A car park's word: 3 yuan for each hour begun, at most 40."""
    hours = -((entry - exit_) // 3600)
    return Receipt(
        txn=f"P{exit_}-{car.obu[-7:]}",
        kind="parking",
        at=moment(exit_),
        amount_fen=min(4_000, 300 * hours),
        plate=car.plate,
        obu=car.obu,
        place=f"{where}停车场",
        entry_at=moment(entry),
        posted_at=moment(exit_ + 30),
    )


def booked_again(receipt: Receipt) -> Receipt:
    """The same purchase under another transaction: somebody's mistake."""
    return msgspec.structs.replace(receipt, txn=f"{receipt.txn}-2")


def taken_back(receipt: Receipt, at: int) -> Receipt:
    """The reversal of a receipt: the negative amount under a transaction of its own."""
    return Receipt(
        txn=f"R{receipt.txn}",
        kind=receipt.kind,
        at=moment(at),
        amount_fen=-receipt.amount_fen,
        reverses_txn=receipt.txn,
        card_no=receipt.card_no,
        plate=receipt.plate,
        place=receipt.place,
        product=receipt.product,
        quantity_ml=receipt.quantity_ml,
        posted_at=moment(at),
    )


def issuer_of(receipt: Receipt) -> str:
    """Who sends receipts of this kind."""
    return PROVIDERS[receipt.kind]
