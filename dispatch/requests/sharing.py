"""Who may share a ride (H16, H21); pure."""

from dispatch.kernel.calendar import business_day
from dispatch.requests.model import Request

ALONE = frozenset({"EMERGENCY", "CONFIDENTIAL"})
"""Purposes that never ride with others."""


def may_share(request: Request) -> bool:
    """Whether others may ride along: asked for so, no emergency, no secret, back the same day."""
    if not request.shareable or request.emergency or request.purpose in ALONE:
        return False
    same_day = business_day(request.depart_at) == business_day(request.return_at)
    return same_day and request.kind != "multi_day"
