"""How a request moves; pure.

submitted -> (unit) unit_approved -> (authority, where required) approved -> assigned -> completed
"""

from dispatch.requests.model import Decision, Stage, State

PRIORITY: dict[str, int] = {
    "EMERGENCY": 100,
    "CONFIDENTIAL": 90,
    "IMPORTANT_EVENT": 80,
    "GROUP": 60,
    "ENFORCEMENT": 60,
    "RESEARCH": 40,
    "LONG_DISTANCE": 40,
    "MEETING_SHUTTLE": 20,
    "OTHER_APPROVED": 20,
}
"""Purposes, and what leaving a trip of each unserved weighs in the plan."""

_REFUSED: dict[Decision, State] = {"rejected": "rejected", "returned": "returned_for_edit"}


def awaited_stage(
    state: State, *, emergency: bool, review_required: bool, given: frozenset[Stage]
) -> Stage | None:
    """Whose decision is missing; None: nobody's.

    An emergency may leave before the paper work: its approvals are filled in afterwards, also
    when its car was taken back and it waits again.

    Args:
        state: of the request.
        emergency: whether it is one.
        review_required: whether the authority must approve, too.
        given: stages that have decided.
    """
    if state == "submitted":
        return "unit"
    if state == "unit_approved":
        return "authority"
    if emergency and state in ("approved", "assigned", "completed"):
        if "unit" not in given:
            return "unit"
        if review_required and "authority" not in given:
            return "authority"
    return None


def decide(state: State, stage: Stage, decision: Decision, *, review_required: bool) -> State:
    """The state after a decision of the awaited stage.

    Paper work that is filled in after an emergency changes nothing any more.
    """
    if state in ("assigned", "completed"):
        return state
    if decision != "approved":
        return _REFUSED[decision]
    return "unit_approved" if stage == "unit" and review_required else "approved"


def may_be_assigned(state: State, *, emergency: bool) -> bool:
    """Whether an order can be made: approved, or an emergency before its paper work."""
    return state == "approved" or (emergency and state in ("submitted", "unit_approved"))
