"""Orders that are sent and not accepted yet: a plan may move them, at a price; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import optimizer
from dispatch import requests
from dispatch.kernel.db.outbox import Json
from dispatch.kernel.ids import RequestId
from dispatch.orders.model import Held
from dispatch.orders.supply import seconds_between
from dispatch.orders.tasks import MOST_PRIORITY, task_of
from dispatch.orders.travel import Roads

MOVED_FEN = 5_000
"""What it must save to tell two drivers of another plan; a rental that it avoids outweighs it."""
STAYS = timedelta(hours=1)
"""An order that leaves so soon is not moved any more."""
UNHEARD = frozenset({"created", "sent"})


def movable(held: Iterable[Held], now: datetime) -> dict[RequestId, Held]:
    """Orders that nobody has accepted and that do not leave within the hour; rides stay."""
    return {
        h.request_id: h
        for h in held
        if h.request_id is not None
        and h.order_state in UNHEARD
        and not h.shared
        and h.period.start >= now + STAYS
    }


def published_task(
    held: Held, request: requests.Request, net: Roads, epoch: datetime
) -> optimizer.Task:
    """An order that may move as a task: at its time, on an own car, never without one."""
    task = task_of(request, net, epoch)
    start_s = seconds_between(epoch, held.depart_at or request.depart_at)
    return replace(
        task,
        earliest_s=start_s,
        latest_s=start_s,
        rental=False,
        priority=MOST_PRIORITY,
        published=optimizer.Published(held.vehicle_id or 0, start_s, MOVED_FEN),
    )


def lost(plan: optimizer.Plan, movable_: Mapping[RequestId, Held]) -> set[int]:
    """Orders that a plan leaves without a car: it is no plan to be followed."""
    return {u.task for u in plan.unserved} & {int(i) for i in movable_}


def is_kept(held: Held, duty: optimizer.Duty) -> bool:
    """Whether an order stays with its car and its driver."""
    return (held.vehicle_id, held.driver_id) == (duty.vehicle, duty.driver)


def was(held: Held) -> dict[str, Json]:
    """Where a moved order was, for its decision."""
    return {
        "order_id": held.order_id,
        "order_no": held.order_no,
        "from_vehicle_id": held.vehicle_id,
        "from_driver_id": held.driver_id,
    }
