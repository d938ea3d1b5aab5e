"""Tracks of any length, simplified with a stated error."""

from telemetry.tracks.simplify import Chosen, choose
from telemetry.tracks.store import Line, simplified

__all__ = ["Chosen", "Line", "choose", "simplified"]
