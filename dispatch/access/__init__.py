"""Who may do what: grants, sessions, one-time links, passwords, tokens, and the audit chain."""

from dispatch.access.audit import Chain, append, verify
from dispatch.access.errors import (
    AlreadySetUp,
    BadSecret,
    CookieOnly,
    ForeignOrigin,
    ScopeNotHeld,
    TooManyAttempts,
    WeakPassword,
)
from dispatch.access.links import link_for_role, make_link, set_up, use_link
from dispatch.access.model import CLOCK, Grant, Principal, Role
from dispatch.access.passwords import Passwords, set_password, sign_in
from dispatch.access.principals import grant, of_session, of_token, person
from dispatch.access.sessions import end_session, open_session
from dispatch.access.tokens import make_token, revoke_token

__all__ = [
    "CLOCK",
    "AlreadySetUp",
    "BadSecret",
    "Chain",
    "CookieOnly",
    "ForeignOrigin",
    "Grant",
    "Passwords",
    "Principal",
    "Role",
    "ScopeNotHeld",
    "TooManyAttempts",
    "WeakPassword",
    "append",
    "end_session",
    "grant",
    "link_for_role",
    "make_link",
    "make_token",
    "of_session",
    "of_token",
    "open_session",
    "person",
    "revoke_token",
    "set_password",
    "set_up",
    "sign_in",
    "use_link",
    "verify",
]
