"""Refusals of this room."""

from dispatch.kernel.errors import Conflict, Invalid, NotFound, Refused


class UnknownDevice(NotFound):
    """No device of this name."""

    code = "unknown-device"


class NoSuchVehicle(NotFound):
    """A device cannot be bound to a vehicle that does not exist."""

    code = "no-such-vehicle"


class NameTaken(Conflict):
    """A device or provider of this name exists."""

    code = "device-name-taken"


class BadName(Invalid):
    """1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or a digit."""

    code = "bad-device-name"


class NotATerminal(Refused):
    """Only terminals are bound to vehicles; providers are not."""

    code = "not-a-terminal"


class EmptyPeriod(Invalid):
    """A binding must end after it begins."""

    code = "empty-period"


class NotRefused(NotFound):
    """Nobody of this name was refused."""

    code = "not-refused"
