"""What should stand in the books for an origin, and the difference to what stands there; pure.

desired(facts) says all lines an origin should have; a posting is desired minus what
was posted for that origin before. So replays post nothing, corrections post their
difference, and nothing is ever changed or deleted.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


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
    order_id: int | None,
) -> Desired:
    """A cost of the vehicle against what is owed to the issuer.

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
        order_id: the matched trip's order.
    """
    cost = COST[kind] if vehicle_id is not None else "suspense:receipts"
    amounts: dict[Line, int] = defaultdict(int)
    amounts[Line(pool_id, month, cost, "fen", vehicle_id, order_id)] += amount_fen
    amounts[Line(pool_id, month, f"payable:{issuer}", "fen", None, None)] -= amount_fen
    if quantity and kind in QUANTITY:
        account, measure = QUANTITY[kind]
        amounts[Line(pool_id, month, account, measure, vehicle_id, order_id)] += quantity
        amounts[Line(pool_id, month, "quantity:supplied", measure, None, None)] -= quantity
    return Desired(f"receipt:{receipt_id}", version, dict(amounts))


def of_trip(
    *,
    trip_id: int,
    version: str,
    month: date,
    owner_pool: int,
    paying_pool: int,
    vehicle_id: int,
    order_id: int,
    metres: int,
    settlement_fen: int,
) -> Desired:
    """The kilometres of a trip and, on loan, two linked balanced entries between the books."""
    amounts: dict[Line, int] = {
        Line(owner_pool, month, "quantity:metres", "metres", vehicle_id, order_id): metres,
        Line(owner_pool, month, "quantity:driven", "metres", None, None): -metres,
    }
    if owner_pool != paying_pool and settlement_fen:
        owed, owing = f"receivable:pool:{paying_pool}", f"payable:pool:{owner_pool}"
        amounts |= {
            Line(owner_pool, month, owed, "fen", None, None): settlement_fen,
            Line(
                owner_pool, month, "income:settlement", "fen", vehicle_id, order_id
            ): -settlement_fen,
            Line(paying_pool, month, "cost:settlement", "fen", None, order_id): settlement_fen,
            Line(paying_pool, month, owing, "fen", None, None): -settlement_fen,
        }
    return Desired(f"trip:{trip_id}", version, amounts)


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
