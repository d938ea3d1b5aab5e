"""Many who ask the database the same kind of question at once get one query between them."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Q = TypeVar("Q", bound=Hashable)
A = TypeVar("A")
AT_MOST = 500


class Together(Generic[Q, A]):
    """While one query runs, the questions that come are gathered for the next."""

    def __init__(self, answer: Callable[[Sequence[Q]], Awaitable[dict[Q, A]]]) -> None:
        self._answer = answer
        self._waiting: dict[Q, asyncio.Future[A]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> A:
        """The answer to one question; raises what the query raised."""
        waiting = self._waiting.get(question)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting[question] = waiting
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="ask together")
        return await asyncio.shield(waiting)

    async def _ask(self) -> None:
        try:
            while self._waiting:
                asked = {q: self._waiting.pop(q) for q in list(self._waiting)[:AT_MOST]}
                try:
                    answers = await self._answer(list(asked))
                except Exception as error:  # handed to everybody who asked
                    for waiting in asked.values():
                        waiting.set_exception(error)
                        waiting.exception()  # those who gave up meanwhile need not hear of it
                else:
                    for question, waiting in asked.items():
                        waiting.set_result(answers[question])
        finally:
            self._asking = None
