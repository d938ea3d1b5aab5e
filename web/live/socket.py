"""GET /api/live: the handshake, and the three loops of a socket."""

import asyncio
from contextlib import suppress

import msgspec
from fastapi import APIRouter
from starlette.websockets import WebSocket, WebSocketDisconnect

from dispatch.kernel.db import DATABASE_AWAY
from dispatch.kernel.errors import FleetError, NotAllowed, NotSignedIn
from web.api.deps import authenticate
from web.api.errors import answer, refused
from web.house import house
from web.live.session import Session
from web.live.view import Viewer

PROTOCOL = "live.v1"
SIGNED_OUT = 4401
NOT_ALLOWED = 4403
UNREADABLE = 4400

router = APIRouter()


class _Over(Exception):
    """The session ends; code and reason go into the close frame."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@router.websocket("/api/live")
async def live(socket: WebSocket) -> None:
    """Positions and events, for whoever watches or listens (design.md 6)."""
    viewer = await _admit(socket)
    if viewer is None:
        return
    await socket.accept(subprotocol=PROTOCOL)
    session = Session(socket, house(socket).hub, viewer)
    try:
        async with asyncio.TaskGroup() as loops:
            for loop in (session.listen(), session.tell(), _recheck(socket, session)):
                loops.create_task(loop)
    except* WebSocketDisconnect:
        pass
    except* msgspec.MsgspecError:
        await _say_bye(socket, _Over(UNREADABLE, "unreadable message"))
    except* _Over as ends:
        for end in ends.exceptions:
            if isinstance(end, _Over):
                await _say_bye(socket, end)


async def _admit(socket: WebSocket) -> Viewer | None:
    """Judge the handshake; None: it is refused, and answered."""
    try:
        viewer = await _viewer(socket)
    except FleetError as error:
        await _turn_away(socket, error)
        return None
    except DATABASE_AWAY:
        away = answer(503, "database-away", "the database cannot be reached; try again")
        await socket.send_denial_response(away)
        return None
    if PROTOCOL not in socket.scope.get("subprotocols", []):
        wrong = answer(400, "wrong-protocol", f"offer the subprotocol {PROTOCOL}")
        await socket.send_denial_response(wrong)
        return None
    return viewer


async def _viewer(socket: WebSocket) -> Viewer:
    who = await authenticate(socket)
    if who is None:
        raise NotSignedIn("sign in first")
    viewer = Viewer.of(who)
    if not viewer.admitted:
        raise NotAllowed("no grant of yours sees the map or hears events")
    return viewer


async def _turn_away(socket: WebSocket, error: FleetError) -> None:
    """Refuse the handshake; our own pages learn why from a close code, so accept them first."""
    ours = socket.headers.get("origin", "").lower() in house(socket).settings.origins
    if ours and PROTOCOL in socket.scope.get("subprotocols", []):
        await socket.accept(subprotocol=PROTOCOL)
        code = SIGNED_OUT if isinstance(error, NotSignedIn) else NOT_ALLOWED
        await _say_bye(socket, _Over(code, error.code))
    else:
        await socket.send_denial_response(refused(error))


async def _recheck(socket: WebSocket, session: Session) -> None:
    """Read the grants again and again; what is taken away ends or narrows the session."""
    while True:
        await asyncio.sleep(house(socket).settings.recheck_s)
        try:
            viewer = await _viewer(socket)
        except NotSignedIn as error:
            raise _Over(SIGNED_OUT, error.code) from error
        except FleetError as error:
            raise _Over(NOT_ALLOWED, error.code) from error
        except DATABASE_AWAY:
            continue
        if session.judge(viewer):
            await session.resync("grants")


async def _say_bye(socket: WebSocket, end: _Over) -> None:
    with suppress(RuntimeError, WebSocketDisconnect):
        await socket.send_json({"t": "bye", "reason": end.reason})
        await socket.close(end.code, end.reason)
