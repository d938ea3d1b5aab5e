"""Geofences: circles, and which vehicle was inside when."""

from telemetry.geofences.fold import fold, under_way
from telemetry.geofences.model import DEFAULT_RULES, Fence, FenceState, Rules, Visit
from telemetry.geofences.store import (
    Circle,
    StoredVisit,
    ensure_depots,
    fences,
    inside_now,
    put,
    visits,
)
from telemetry.geofences.stream import STREAM, VisitStream

__all__ = [
    "DEFAULT_RULES",
    "STREAM",
    "Circle",
    "Fence",
    "FenceState",
    "Rules",
    "StoredVisit",
    "Visit",
    "VisitStream",
    "ensure_depots",
    "fences",
    "fold",
    "inside_now",
    "put",
    "under_way",
    "visits",
]
