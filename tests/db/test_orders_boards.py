"""The kept board while a thread is at work on it."""

import asyncio
import threading

import pytest

from dispatch.orders import boards
from tests import orders_city as city
from tests.orders_city import SUNDAY_NOON


@pytest.fixture
async def kept(conn):
    """The board of Monday with one promise on it."""
    boards.forget()
    await city.found(conn)
    request = await city.approved(conn)
    found = await boards.boards_for(conn, request, SUNDAY_NOON)
    assert set(found.promised) == {request.id}
    return found


async def test_who_is_called_off_waits_for_the_thread_and_the_promises_begin_anew(kept):
    begun, may_end = threading.Event(), threading.Event()

    def change():
        begun.set()
        assert may_end.wait(60)

    asking = asyncio.create_task(kept.work(change))
    await asyncio.to_thread(begun.wait, 60)
    asking.cancel()
    done, _ = await asyncio.wait([asking], timeout=0)
    assert not done, "the thread is at work on the board"
    assert kept.promised
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not kept.promised


async def test_what_fails_in_the_thread_fails_here_and_the_promises_begin_anew(kept):
    def fails():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await kept.work(fails)
    assert not kept.promised


async def test_what_ends_well_leaves_the_board_as_it_made_it(kept):
    assert await kept.work(lambda: 7) == 7
    assert kept.promised
