"""What should stand in the books for an origin, and the difference to what stands there; pure.

desired(facts) says all lines an origin should have; a posting is desired minus what
was posted for that origin before. So replays post nothing, corrections post their
difference, and nothing is ever changed or deleted.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dispatch.accounting.sharing import Rider, divided


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Where an amount stands: a book, an account, and whom it is about."""

    pool_id: int
    origin_month: date
    account: str
    measure: str
    vehicle_id: int | None
    order_id: int | None

    def key(self) -> tuple[int, date, str, str, int, int]:
        """A total order, None first."""
        return (
            self.pool_id,
            self.origin_month,
            self.account,
            self.measure,
            self.vehicle_id or 0,
            self.order_id or 0,
        )


@dataclass(frozen=True, slots=True)
class Desired:
    """All that should stand for one origin; each book's amounts of a measure sum to 0."""

    origin: str
    version: str
    amounts: dict[Line, int]


COST = {"fuel": "cost:fuel", "electricity": "cost:electricity", "toll": "cost:toll"} | {
    "parking": "cost:parking"
}
QUANTITY = {"fuel": ("quantity:fuel", "ml"), "electricity": ("quantity:electricity", "wh")}


def of_receipt(
    *,
    receipt_id: int,
    version: str,
    kind: str,
    issuer: str,
    amount_fen: int,
    quantity: int | None,
    pool_id: int,
    month: date,
    vehicle_id: int | None,
    riders: Sequence[Rider] = (),
) -> Desired:
    """A cost of the vehicle against what is owed to the issuer; divided among who rode.

    A receipt whose vehicle nobody knows waits in suspense, not among the costs.

    Args:
        receipt_id: whose row it is.
        version: what it was computed from.
        kind: fuel, electricity, toll or parking.
        issuer: to whom it is owed.
        amount_fen: negative for a reversal.
        quantity: ml of fuel or Wh of electricity, negative for a reversal.
        pool_id: the book: the platform that had the vehicle then.
        month: the business month of the transaction.
        vehicle_id: None where the card or plate is unknown.
        riders: the matched trip's orders.
    """
    cost = COST[kind] if vehicle_id is not None else "suspense:receipts"
    amounts: dict[Line, int] = defaultdict(int)
    for order_id, part in _parts(amount_fen, riders):
        amounts[Line(pool_id, month, cost, "fen", vehicle_id, order_id)] += part
    amounts[Line(pool_id, month, f"payable:{issuer}", "fen", None, None)] -= amount_fen
    if quantity and kind in QUANTITY:
        account, measure = QUANTITY[kind]
        for order_id, part in _parts(quantity, riders):
            amounts[Line(pool_id, month, account, measure, vehicle_id, order_id)] += part
        amounts[Line(pool_id, month, "quantity:supplied", measure, None, None)] -= quantity
    return Desired(f"receipt:{receipt_id}", version, dict(amounts))


def _parts(amount: int, riders: Sequence[Rider]) -> Iterable[tuple[int | None, int]]:
    if not riders:
        return [(None, amount)]
    return divided(amount, {rider.order_id: rider.own_m for rider in riders}).items()


def of_trip(
    *,
    trip_id: int,
    version: str,
    month: date,
    owner_pool: int,
    vehicle_id: int,
    metres: int,
    riders: Sequence[Rider],
) -> Desired:
    """The kilometres of a trip, once, and, on loan, two linked balanced entries for each rider."""
    amounts: dict[Line, int] = {
        Line(owner_pool, month, "quantity:metres", "metres", vehicle_id, order_id): part
        for order_id, part in _parts(metres, riders)
    }
    amounts[Line(owner_pool, month, "quantity:driven", "metres", None, None)] = -metres
    for rider in riders:
        if rider.pool_id != owner_pool and rider.settlement_fen:
            for line, fen in _lent(owner_pool, month, vehicle_id, rider).items():
                amounts[line] = amounts.get(line, 0) + fen
    return Desired(f"trip:{trip_id}", version, amounts)


def _lent(owner_pool: int, month: date, vehicle_id: int, rider: Rider) -> dict[Line, int]:
    paying, fen, order_id = rider.pool_id, rider.settlement_fen, rider.order_id
    owed, owing = f"receivable:pool:{paying}", f"payable:pool:{owner_pool}"
    return {
        Line(owner_pool, month, owed, "fen", None, None): fen,
        Line(owner_pool, month, "income:settlement", "fen", vehicle_id, order_id): -fen,
        Line(paying, month, "cost:settlement", "fen", None, order_id): fen,
        Line(paying, month, owing, "fen", None, None): -fen,
    }


def of_rental(
    *, order_id: int, version: str, month: date, pool_id: int, firm_id: int, price_fen: int
) -> Desired:
    """A rental is owed to its firm by the platform that needed it."""
    return Desired(
        f"rental:{order_id}",
        version,
        {
            Line(pool_id, month, "cost:rental", "fen", None, order_id): price_fen,
            Line(pool_id, month, f"payable:firm:{firm_id}", "fen", None, None): -price_fen,
        },
    )


def difference(desired: Desired, posted: Iterable[tuple[Line, int]]) -> dict[Line, int]:
    """What must still be posted; empty when the books already say it."""
    missing: dict[Line, int] = defaultdict(int, desired.amounts)
    for line, amount in posted:
        missing[line] -= amount
    return {line: amount for line, amount in missing.items() if amount}
