"""Quantities that carry their unit in the type."""

from typing import NewType

Metres = NewType("Metres", float)
Fen = NewType("Fen", int)
Millilitres = NewType("Millilitres", int)

DEGREE_E7 = 10_000_000
"""Stored positions are integers of 1e-7 degree (about 1 cm)."""


def to_e7(degrees: float) -> int:
    """Degrees to the stored integer, rounded to nearest."""
    return round(degrees * DEGREE_E7)


def from_e7(stored: int) -> float:
    """The stored integer back to degrees."""
    return stored / DEGREE_E7


def split_fen(total: Fen, weights: list[int]) -> list[Fen]:
    """Split money by largest remainder; ties go to the earlier share.

    Args:
        total: fen, may be negative (a reversal splits like its original).
        weights: >= 0 each, at least one > 0.

    Returns:
        As many shares as weights; their sum is exactly total.

    Raises:
        ValueError: no weight is positive, or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be >= 0 and not all 0")
    sign = -1 if total < 0 else 1
    shares = [abs(total) * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(abs(total) * weights[i] % whole), i)
    )
    for i in by_remainder[: abs(total) - sum(shares)]:
        shares[i] += 1
    return [Fen(sign * share) for share in shares]
