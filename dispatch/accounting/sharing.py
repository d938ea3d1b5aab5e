"""What a shared ride cost, divided among who rode, without a fen lost; pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rider:
    """An order that rode on a trip.

    Attributes:
        pool_id: who pays for it.
        settlement_fen: to the lender, by the tariff for its own way; 0 at home.
        own_m: metres it would have been driven alone: its weight.
    """

    order_id: int
    pool_id: int
    settlement_fen: int
    own_m: int


def divided(amount: int, weights: Mapping[int, int]) -> dict[int, int]:
    """An amount in proportion to weights, in whole units that add up to it.

    Those with the largest remainders get one more (Hamilton's method), of equals the smaller
    key. An amount below 0 is divided like the one above it.

    Args:
        amount: fen, metres, ml or Wh.
        weights: not below 0; where all are 0, equal ones.
    """
    if not weights:
        raise ValueError("nobody to divide among")
    total = sum(weights.values())
    fair = dict(weights) if total else dict.fromkeys(weights, 1)
    total = total or len(fair)
    size, sign = abs(amount), 1 if amount >= 0 else -1
    parts = {key: size * weight // total for key, weight in fair.items()}
    order = sorted(fair, key=lambda key: (-(size * fair[key] % total), key))
    for key in order[: size - sum(parts.values())]:
        parts[key] += 1
    return {key: sign * part for key, part in parts.items()}
