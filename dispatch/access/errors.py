"""Refusals of access. None of them says whether a secret was wrong, old or used."""

from collections.abc import Iterable

from dispatch.kernel.errors import FleetError, Invalid, NotAllowed, NotSignedIn, Refused


class BadSecret(NotSignedIn):
    """The link, password or token is not valid; which of the reasons is not told."""

    code = "bad-secret"

    def __init__(self) -> None:
        super().__init__("wrong, expired or used already")


class TooManyAttempts(FleetError):
    """Five failures within five minutes lock an account for an address."""

    code = "too-many-attempts"

    def __init__(self) -> None:
        super().__init__("too many attempts; wait five minutes")


class ForeignOrigin(NotAllowed):
    """A browser's write came from a page that is not ours."""

    code = "foreign-origin"

    def __init__(self, origin: str | None) -> None:
        super().__init__(
            "请用系统设置的网址打开页面（GONGCHE_PUBLIC_URL） · "
            "open the pages at the address that is set (GONGCHE_PUBLIC_URL): "
            "writes and sockets of a browser must come from there"
        )
        self.origin = origin


class CookieOnly(NotAllowed):
    """This needs a person at a browser; a program's token is not enough."""

    code = "cookie-only"

    def __init__(self) -> None:
        super().__init__("a token cannot do this; sign in")


class ScopeNotHeld(NotAllowed):
    """A token can hold only what its person holds."""

    code = "scope-not-held"

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scopes = sorted(scopes)
        super().__init__(f"not held: {', '.join(self.scopes)}")


class AlreadySetUp(Refused):
    """A system administrator exists; the setup link has nothing left to do."""

    code = "already-set-up"

    def __init__(self) -> None:
        super().__init__("this installation has a system administrator")


class WeakPassword(Invalid):
    """The password is too short, too long, or the account's own name."""

    code = "weak-password"
