"""What a caller of this room can act on."""

from dispatch.kernel.errors import Invalid, NotAllowed, NotFound, Refused
from dispatch.kernel.ids import RequestId
from dispatch.requests.model import Check


class NoSuchRequest(NotFound):
    """No such request, or not for this caller."""

    code = "no-such-request"

    def __init__(self, request_id: RequestId) -> None:
        super().__init__(f"request {request_id}")
        self.request_id = request_id


class UnknownUnit(Invalid):
    """The unit does not exist or belongs to no platform now."""

    code = "unknown-unit"


class UnknownPlace(Invalid):
    """The place is not in the register."""

    code = "unknown-place"


class NotYours(NotAllowed):
    """The caller has no role for this request."""

    code = "not-allowed"


class HouseRulesBroken(Refused):
    """A house rule forbids the request; every broken rule is named."""

    code = "house-rules"

    def __init__(self, check: Check) -> None:
        blocking = [v for v in check.violations if v.severity == "block"]
        super().__init__("；".join(v.message for v in blocking))
        self.violations = check.violations


class NotAwaiting(Refused):
    """The request is not in a state in which this can be done."""

    code = "request-not-awaiting"

    def __init__(self, request_id: RequestId, state: str) -> None:
        super().__init__(f"request {request_id} is {state}")
        self.request_id = request_id
        self.state = state
