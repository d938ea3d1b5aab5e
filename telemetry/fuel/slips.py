"""Receipts for fuel and electricity against what the tank and the battery saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from dispatch.kernel.db import Conn
from dispatch.kernel.ids import ReceiptId, VehicleId
from dispatch.kernel.units import to_e7
from telemetry.fuel import store
from telemetry.fuel.model import Medium
from telemetry.fuel.store import EnergyEvent, Slip
from telemetry.streams import step_mm

Verdict: TypeAlias = Literal[
    "agreed", "amount-differs", "place-differs", "receipt-missing", "event-missing", "no-data"
]
"""event-missing: it was paid, and the tank, which was watched, got nothing. no-data: unwatched."""

APART: Final = timedelta(minutes=30)
"""Clocks of pumps differ, and a card is charged after the nozzle is back."""
_PLACE_MM: Final = 1_000_000
_AMOUNT: Final[dict[Medium, tuple[int, int]]] = {"fuel": (3_000, 100), "electricity": (2_000, 150)}
"""What seen and paid may differ by: ml or Wh, or permille of what was paid, the greater."""


@dataclass(frozen=True, slots=True)
class Settled:
    """An event with its receipts, or one of the two alone.

    seen, paid: ml or Wh; None where there is none, or its amount is not known.
    apart_m: between where the vehicle was and where it was paid.
    """

    verdict: Verdict
    medium: Medium
    event: EnergyEvent | None
    receipts: tuple[ReceiptId, ...]
    seen: int | None
    paid: int | None
    apart_m: int | None
    at: datetime


async def settled(conn: Conn, vehicle_id: VehicleId, lo: datetime, hi: datetime) -> list[Settled]:
    """Refuels and charges of [lo, hi) and their receipts, oldest first.

    Receipts belong to whose card it was at that time, else whose plate; what was reversed, and
    the reversal, are left out. Matching money to trips is accounting's.
    """
    events = await store.between(conn, vehicle_id, lo - APART, hi + APART)
    slips = await store.slips(conn, vehicle_id, lo - APART, hi + APART)
    return [one for one in settle_all(events, slips) if lo <= one.at < hi]


def settle_all(events: Sequence[EnergyEvent], slips: Sequence[Slip]) -> list[Settled]:
    """Give each receipt to the nearest event of its medium within half an hour, then compare.

    Args:
        events: of one vehicle; only refuels and charges count.
        slips: of the same vehicle.
    """
    bought = [e for e in events if e.kind in ("refuel", "charge")]
    of_event: dict[int, list[Slip]] = {e.id: [] for e in bought}
    found: list[Settled] = []
    for slip in sorted(slips, key=lambda s: (s.at, s.id)):
        near = [(_apart(e, slip), e.started_at, e.id) for e in bought if e.medium == slip.medium]
        apart, _, nearest = min(near, default=(APART * 2, slip.at, 0))
        if apart <= APART:
            of_event[nearest].append(slip)
        else:
            verdict: Verdict = "event-missing" if slip.watched else "no-data"
            found.append(
                Settled(verdict, slip.medium, None, (slip.id,), None, slip.amount, None, slip.at)
            )
    found += [_compare(e, of_event[e.id]) for e in bought]
    return sorted(found, key=lambda one: (one.at, one.medium, one.receipts))


def _apart(event: EnergyEvent, slip: Slip) -> timedelta:
    return max(event.started_at - slip.at, slip.at - event.last_at, timedelta(0))


def _compare(event: EnergyEvent, slips: Sequence[Slip]) -> Settled:
    seen = event.amount_ml if event.medium == "fuel" else event.amount_wh
    ids = tuple(s.id for s in slips)
    paid = sum(s.amount for s in slips if s.amount is not None) if slips else None
    distances = [d for s in slips if (d := _metres(event, s)) is not None]
    apart_m = max(distances, default=None)
    verdict: Verdict = "agreed"
    least, permille = _AMOUNT[event.medium]
    if paid is None:
        verdict = "receipt-missing"
    elif apart_m is not None and apart_m * 1000 > _PLACE_MM:
        verdict = "place-differs"
    elif seen is not None:
        allowed = max(least, paid * permille // 1000, event.error_ml or 0)
        verdict = "amount-differs" if abs(seen - paid) > allowed else "agreed"
    return Settled(verdict, event.medium, event, ids, seen, paid, apart_m, event.started_at)


def _metres(event: EnergyEvent, slip: Slip) -> int | None:
    if event.lon is None or event.lat is None or slip.lon is None or slip.lat is None:
        return None
    mm = step_mm(to_e7(event.lon), to_e7(event.lat), to_e7(slip.lon), to_e7(slip.lat))
    return (mm + 500) // 1000
