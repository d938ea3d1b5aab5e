"""Refusals that a caller can act on. Anything else that is raised is a bug."""


class FleetError(Exception):
    """A refusal with a stable code; facts are attributes of the subclass."""

    code = "refused"


class NotFound(FleetError):
    """The thing named does not exist, or not for this caller."""

    code = "not-found"


class Refused(FleetError):
    """The thing exists, but this is not possible now."""

    code = "refused"


class Invalid(FleetError):
    """The input breaks a bound; the message names it."""

    code = "invalid"


class NotAllowed(FleetError):
    """The caller is known but has no grant for this."""

    code = "not-allowed"


class NotSignedIn(FleetError):
    """Nobody is signed in."""

    code = "not-signed-in"


class Conflict(FleetError):
    """Somebody else was first, or the same key came with another body."""

    code = "conflict"


class SetupError(FleetError):
    """The installation cannot start as it is; the message says what to change."""

    code = "setup"
