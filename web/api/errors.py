"""One table: kinds of refusal to status codes. What is not in it is a bug and a 500."""

import traceback

import asyncpg
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from dispatch.access import TooManyAttempts
from dispatch.kernel.db import DATABASE_AWAY
from dispatch.kernel.errors import (
    Conflict,
    FleetError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    SetupError,
)
from dispatch.kernel.log import get_logger

log = get_logger("web")

STATUS: dict[type[FleetError], int] = {
    TooManyAttempts: 429,
    Invalid: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Refused: 409,
    SetupError: 503,
    FleetError: 409,
}
"""Kinds to statuses; a subclass has its nearest ancestor's."""

BUSY = (
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
)
UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""Text with a NUL; nobody's retry can store it."""
_CODES = {404: "not-found", 405: "method-not-allowed", 413: "too-large"}


def status_of(error: FleetError) -> int:
    """The status of a refusal."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def answer(status: int, code: str, message: str, facts: object = None) -> JSONResponse:
    """The one shape of every refusal."""
    body = {"code": code, "message": message, "facts": facts or {}}
    return JSONResponse(jsonable_encoder(body), status_code=status)


def refused(error: FleetError) -> JSONResponse:
    """A refusal as an answer; its facts are the error's public attributes."""
    facts = {name: value for name, value in vars(error).items() if not name.startswith("_")}
    return answer(status_of(error), error.code, str(error), facts)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, FleetError):
        raise error
    return refused(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    wrong = [
        {"where": [str(part) for part in e["loc"]], "message": e["msg"]} for e in error.errors()
    ]
    first = f"{'.'.join(wrong[0]['where'])}: {wrong[0]['message']}" if wrong else "invalid"
    return answer(422, "invalid", first, {"errors": wrong})


async def _away(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error, ValueError):  # asyncpg's word for an argument that does not fit
        return _bug(error)
    log.warning("database away", error=type(error).__name__)
    return answer(503, "database-away", "the database cannot be reached; try again")


async def _busy(_: Request, error: Exception) -> JSONResponse:
    log.warning("database busy", error=type(error).__name__)
    return answer(503, "busy", "somebody else is changing the same; try again")


async def _unstorable(_: Request, error: Exception) -> JSONResponse:
    return answer(400, "invalid", "text with a character that cannot be stored")


async def _misfit(_: Request, error: Exception) -> JSONResponse:
    if isinstance(error.__cause__, OverflowError):
        return answer(400, "invalid", "a number is too large")
    return _bug(error)


async def _http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES.get(error.status_code, "refused")
    return answer(error.status_code, code, str(error.detail))


async def _unexpected(_: Request, error: Exception) -> JSONResponse:
    return _bug(error)


def _bug(error: Exception) -> JSONResponse:
    # As text: a renderer that prints local variables would print secrets.
    log.error("request failed", traceback="".join(traceback.format_exception(error)))
    return answer(500, "bug", "this is our mistake; it is written down")


def install(app: FastAPI) -> None:
    """Teach an application the table."""
    app.add_exception_handler(FleetError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in BUSY:
        app.add_exception_handler(kind, _busy)
    app.add_exception_handler(asyncpg.DataError, _misfit)
    for wrong in UNSTORABLE:
        app.add_exception_handler(wrong, _unstorable)
    for away in DATABASE_AWAY:
        if issubclass(away, Exception):
            app.add_exception_handler(away, _away)
    app.add_exception_handler(Exception, _unexpected)
