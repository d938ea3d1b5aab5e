"""Fuel and electricity as the vehicle saw them: refuels, thefts, charges, consumption."""

from telemetry.fuel.consumption import Consumption, Level, consumption, level_at, levels_at
from telemetry.fuel.model import DEFAULT_RULES, Capacity, Event, Kind, Medium, Rules
from telemetry.fuel.slips import Settled, Verdict, settled
from telemetry.fuel.store import CurvePoint, EnergyEvent, between, curve
from telemetry.fuel.stream import STREAM, EnergyStream

__all__ = [
    "DEFAULT_RULES",
    "STREAM",
    "Capacity",
    "Consumption",
    "CurvePoint",
    "EnergyEvent",
    "EnergyStream",
    "Event",
    "Kind",
    "Level",
    "Medium",
    "Rules",
    "Settled",
    "Verdict",
    "between",
    "consumption",
    "curve",
    "level_at",
    "levels_at",
    "settled",
]
