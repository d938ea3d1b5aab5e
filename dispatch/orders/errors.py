"""What a caller of this room can act on."""

from datetime import datetime

from dispatch.kernel.db.outbox import Json
from dispatch.kernel.errors import Conflict, Invalid, NotAllowed, NotFound, Refused


class NoSuchOrder(NotFound):
    """No such order, or not for this caller."""

    code = "no-such-order"


class NoSuchPlan(NotFound):
    """No such plan, or not for this caller."""

    code = "no-such-plan"


class NotDispatching(NotAllowed):
    """The caller dispatches for another platform, or not at all."""

    code = "not-allowed"


class _WithFacts(Refused):
    def __init__(self, message: str, **facts: Json) -> None:
        super().__init__(message)
        vars(self).update(facts)


class ProposalChanged(Conflict):
    """What would be done is not what was agreed to any more."""

    code = "proposal-changed"


class VehicleTaken(Conflict):
    """Somebody else was first; the facts name their order and the next best car."""

    code = "vehicle-taken"

    def __init__(self, vehicle_id: int, by_order: str | None, best_candidate: Json = None) -> None:
        super().__init__(
            f"车辆已被 {by_order or '其他安排'} 占用 · "
            f"the car is taken by {by_order or 'something else'}"
        )
        self.vehicle_id = vehicle_id
        self.by_order = by_order
        self.best_candidate = best_candidate


class DriverTaken(Conflict):
    """The driver drives somebody else, or is away."""

    code = "driver-taken"

    def __init__(self, driver_id: int, by_order: str | None) -> None:
        super().__init__(
            f"驾驶员已被 {by_order or '其他安排'} 占用 · "
            f"the driver is taken by {by_order or 'something else'}"
        )
        self.driver_id = driver_id
        self.by_order = by_order


class CarDoesNotFit(_WithFacts):
    """The car or the driver may not serve this request; the facts name the rule."""

    code = "car-does-not-fit"


class OwnCarFits(_WithFacts):
    """House rule H3: nothing is rented while an own car can serve."""

    code = "own-car-fits"


class NoRentalCar(_WithFacts):
    """The firm is unknown, or has no car left on that day."""

    code = "no-rental-car"


class Stale(Conflict):
    """The request changed since the caller read it."""

    code = "stale"


class OrderNotOpen(_WithFacts):
    """The order is in a state in which this cannot be done."""

    code = "order-not-open"


class RequestNotOpen(_WithFacts):
    """The request waits for no car now."""

    code = "request-not-open"


class OdometerBelowLast(Invalid):
    """The odometer lies below what the car's trip before left it at; the facts name that."""

    code = "odometer-below-last"

    def __init__(self, last_m: int, last_at: datetime) -> None:
        km = f"{last_m / 1000:,.1f}"
        super().__init__(
            f"里程低于该车上次读数 {km} 公里；如已更换里程表或上次读数有误，请注明 · "
            f"the odometer lies below the car's last reading of {km} km; "
            "say so if the instrument was changed or that reading is wrong"
        )
        self.last_m = last_m
        self.last_at = last_at.isoformat()


class BadPhoto(Invalid):
    """The photo is no image that we take, or too large."""

    code = "bad-photo"


class PlanNotDone(_WithFacts):
    """The plan is not ready to be applied."""

    code = "plan-not-done"


class PlanShed(_WithFacts):
    """Of so old a plan only figures, decisions and outcome are kept: it explains nothing."""

    code = "plan-shed"


class PlanOver(_WithFacts):
    """The plan is made already: there is nothing to stop."""

    code = "plan-over"


class NotOut(_WithFacts):
    """The car is not out: there is no breakdown to end."""

    code = "car-not-out"
