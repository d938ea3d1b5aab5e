"""Who may drive what, and when somebody is on the roster."""

from dispatch.drivers.licence import (
    BREAK_AFTER_S,
    BREAK_S,
    LICENCES,
    MAX_DRIVING_S,
    REST_S,
    SPAN_S,
    needed_licence,
    suffices,
)
from dispatch.drivers.model import Driver, Licence
from dispatch.drivers.store import drivers

__all__ = [
    "BREAK_AFTER_S",
    "BREAK_S",
    "LICENCES",
    "MAX_DRIVING_S",
    "REST_S",
    "SPAN_S",
    "Driver",
    "Licence",
    "drivers",
    "needed_licence",
    "suffices",
]
