"""Who may drive what, and when somebody is on the roster."""

from dispatch.drivers.licence import LICENCES, MAX_DRIVING_S, needed_licence, suffices
from dispatch.drivers.model import Driver, Licence
from dispatch.drivers.store import drivers

__all__ = [
    "LICENCES",
    "MAX_DRIVING_S",
    "Driver",
    "Licence",
    "drivers",
    "needed_licence",
    "suffices",
]
