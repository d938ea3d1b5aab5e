"""Questions to the database that come while one is asked are asked together."""

import asyncio

import pytest

from telemetry.ingest.together import AT_MOST, Together


class Database:
    """Answers when it is told to."""

    def __init__(self):
        self.asked, self.open = [], asyncio.Event()

    async def answer(self, questions):
        self.asked.append(list(questions))
        await self.open.wait()
        if "bad" in questions:
            raise ConnectionError
        return {one: f"answer to {one}" for one in questions}


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_come_meanwhile_share_the_next_query_and_the_same_question_is_asked_once():
    database = Database()
    together = Together(database.answer)
    first = asyncio.create_task(together.ask("a"))
    await settle()
    others = [asyncio.create_task(together.ask(q)) for q in ("b", "c", "b", "a")]
    await settle()
    assert database.asked == [["a"]]
    database.open.set()
    said = await asyncio.gather(first, *others)
    assert said == [f"answer to {q}" for q in ("a", "b", "c", "b", "a")]
    assert database.asked == [["a"], ["b", "c", "a"]]


async def test_a_query_is_bounded():
    database = Database()
    database.open.set()
    together = Together(database.answer)
    await asyncio.gather(*(together.ask(n) for n in range(2 * AT_MOST + 1)))
    assert max(map(len, database.asked)) == AT_MOST


async def test_who_gives_up_takes_nobody_with_them():
    database = Database()
    together = Together(database.answer)
    impatient, patient = (asyncio.create_task(together.ask("a")) for _ in range(2))
    await settle()
    impatient.cancel()
    database.open.set()
    assert await patient == "answer to a"


async def test_a_query_that_fails_fails_for_those_who_asked_it_and_the_next_is_asked():
    database = Database()
    database.open.set()
    together = Together(database.answer)
    with pytest.raises(ConnectionError):
        await together.ask("bad")
    assert await together.ask("good") == "answer to good"
