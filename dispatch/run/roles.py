"""The roles of the system, each a process of its own."""

from enum import StrEnum


class Role(StrEnum):
    """What a process does; any number of processes may play one role."""

    INGEST = "ingest"
    UNDERSTAND = "understand"
    PLANNER = "planner"
    WEB = "web"


STOP_ORDER = (Role.INGEST, Role.UNDERSTAND, Role.PLANNER, Role.WEB)
"""The mouth first, so that what was taken in is still understood and shown."""
