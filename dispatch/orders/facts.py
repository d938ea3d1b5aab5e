"""What a set of check-ins says, whatever order they arrived in; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from dispatch.orders.model import OrderState

Kind = Literal["accept", "decline", "depart", "onboard", "arrive", "return", "receipt"]
NEEDED: tuple[Kind, ...] = ("depart", "onboard", "arrive", "return")
"""House rule H23: what must be there before an order is complete."""


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One tap: the phone's own time and counter, and what was typed.

    Attributes:
        entered: a dispatcher wrote it down, because the phone cannot tell it.
    """

    kind: Kind
    taken_at: datetime
    counter: int
    odometer_m: int | None
    note: str | None = None
    entered: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """A state, the times that count, and what looks wrong.

    Attributes:
        notes: codes such as odometer_backwards; they refuse nothing.
    """

    state: OrderState
    departed_at: datetime | None
    returned_at: datetime | None
    odometer_out_m: int | None
    odometer_in_m: int | None
    notes: tuple[str, ...]


def facts_of(taps: Iterable[CheckIn]) -> Facts:
    """Facts of a set of check-ins; of several of one kind the last by the phone's counter counts.

    To decline ends the order. A return counts without what should have come before it, so
    that taps which are still under way change the state only forwards when they arrive. A
    return that a dispatcher wrote down completes the order; for times and odometers the
    phone is believed first, whenever its taps arrive.
    """
    last: dict[Kind, CheckIn] = {}
    entered: dict[Kind, CheckIn] = {}
    for tap in sorted(taps, key=_order):
        last[tap.kind] = tap
        if tap.entered:
            entered[tap.kind] = tap
    out, back = _read(last, entered, "depart"), _read(last, entered, "return")
    closed = "return" in entered and "decline" not in last
    return Facts(
        state="completed" if closed else _state(last),
        departed_at=None if out is None else out.taken_at,
        returned_at=None if back is None else back.taken_at,
        odometer_out_m=None if out is None else out.odometer_m,
        odometer_in_m=None if back is None else back.odometer_m,
        notes=tuple(_notes(out, back)),
    )


def _read(last: dict[Kind, CheckIn], entered: dict[Kind, CheckIn], kind: Kind) -> CheckIn | None:
    """What counts of a kind; an odometer that the phone does not know is the dispatcher's."""
    tap, other = last.get(kind), entered.get(kind)
    if tap is None or tap.odometer_m is not None or other is None:
        return tap
    return replace(tap, odometer_m=other.odometer_m)


def _order(tap: CheckIn) -> tuple[bool, int, datetime, int, str]:
    return not tap.entered, tap.counter, tap.taken_at, tap.odometer_m or 0, tap.note or ""


def _state(last: dict[Kind, CheckIn]) -> OrderState:
    if "decline" in last:
        return "aborted"
    if "return" in last:
        odometers = (last.get("depart"), last["return"])
        read = all(tap is not None and tap.odometer_m is not None for tap in odometers)
        return "completed" if read and all(kind in last for kind in NEEDED) else "returned"
    reached: tuple[tuple[Kind, OrderState], ...] = (
        ("arrive", "arrived"),
        ("onboard", "onboard"),
        ("depart", "departed"),
        ("accept", "accepted"),
    )
    return next((state for kind, state in reached if kind in last), "sent")


def _notes(out: CheckIn | None, back: CheckIn | None) -> Iterable[str]:
    if out is None or back is None:
        return
    if back.taken_at <= out.taken_at:
        yield "return_before_depart"
    if out.odometer_m is not None and back.odometer_m is not None:
        if back.odometer_m < out.odometer_m:
            yield "odometer_backwards"
        elif back.odometer_m > out.odometer_m + 2_000_000:
            yield "odometer_far_ahead"
