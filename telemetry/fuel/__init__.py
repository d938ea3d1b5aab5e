"""Fuel and electricity as the vehicle saw them: refuels, thefts, charges, consumption."""

from telemetry.fuel.model import DEFAULT_RULES, Capacity, Event, Kind, Medium, Rules
from telemetry.fuel.store import EnergyEvent, between
from telemetry.fuel.stream import STREAM, EnergyStream

__all__ = [
    "DEFAULT_RULES",
    "STREAM",
    "Capacity",
    "EnergyEvent",
    "EnergyStream",
    "Event",
    "Kind",
    "Medium",
    "Rules",
    "between",
]
