"""Refusals of the register."""

from datetime import datetime

from dispatch.kernel.errors import Conflict, Invalid


class AssignedOtherwise(Conflict):
    """A later or equal moment already says something else; history is not overwritten."""

    code = "assigned-otherwise"

    def __init__(self, what: str, owner: int, value: int, since: datetime) -> None:
        super().__init__(f"{what} of {owner} is assigned otherwise from {since.isoformat()} on")
        self.what = what
        self.owner = owner
        self.value = value
        self.since = since


class UnknownCode(Invalid):
    """The document refers to a code that neither it nor the register knows."""

    code = "unknown-code"

    def __init__(self, kind: str, unknown: str) -> None:
        super().__init__(f"no {kind} with the code {unknown!r}")
        self.kind = kind
        self.unknown = unknown
