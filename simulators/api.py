"""The product's HTTP interface, as any program sees it: bearer tokens and JSON."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx

AT_ONCE = 8
AGAIN_AFTER_S = (0.1, 0.3, 1.0, 3.0, 5.0, 5.0, 5.0, 10.0)


class ApiError(RuntimeError):
    """The system answered with something that the caller did not expect."""

    def __init__(self, what: str, answer: "Answer") -> None:
        super().__init__(f"{what}: {answer.status} {json.dumps(answer.body, ensure_ascii=False)}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the JSON body; an empty body is None."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether the system did as it was asked."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The stable word of a refusal."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


class Api:
    """A client that speaks for many people over a few kept connections.

    Args:
        url: such as http://127.0.0.1:8080.
        token: of the person whom `who=None` means.

    Attributes:
        spent: calls and wall seconds together, by method and path.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._own = token
        self._tokens: dict[str, str] = {}
        limits = httpx.Limits(max_connections=AT_ONCE + 2, max_keepalive_connections=AT_ONCE + 2)
        self._client = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1", timeout=60.0, limits=limits, trust_env=False
        )
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.spent: dict[str, tuple[int, float]] = {}

    async def __aenter__(self) -> "Api":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        await self._client.aclose()

    def know(self, tokens: Mapping[str, str]) -> None:
        """Keep people's tokens by their code."""
        self._tokens.update(tokens)

    def token_of(self, who: str | None) -> str:
        """The token of a person; of the program itself for None."""
        return self._own if who is None else self._tokens[who]

    async def call(
        self, method: str, path: str, *, who: str | None = None, body: object = None,
        query: Mapping[str, str | list[str]] | None = None, key: str | None = None,
        photo: bytes | None = None,
    ) -> Answer:  # fmt: skip
        """Ask once; while the system is away or its database is, ask again.

        Args:
            method: HTTP verb.
            path: below /api/v1.
            who: a person's code, None for the program's own token.
            body: sent as JSON; with a photo, as form fields.
            query: parameters.
            key: Idempotency-Key, which makes asking again safe.
            photo: a PNG beside the body.

        Raises:
            ConnectionError: the system stayed away.
        """
        headers = {"Authorization": f"Bearer {self.token_of(who)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        payload: dict[str, Any] = {"json": body} if body is not None else {}
        if photo is not None and isinstance(body, dict):
            payload = {
                "data": {k: str(v) for k, v in body.items() if v is not None},
                "files": {"photo": ("receipt.png", photo, "image/png")},
            }
        async with self._gate:
            for wait_s in (*AGAIN_AFTER_S, None):
                begun = time.monotonic()
                answer = await self._once(method, path, headers, query, payload)
                self._count(f"{method} {path}", time.monotonic() - begun)
                if answer is not None and answer.status not in (429, 503):
                    return answer
                if wait_s is not None:
                    await asyncio.sleep(wait_s)
        raise ConnectionError(f"{method} {path}: the system is away")

    def _count(self, what: str, seconds: float) -> None:
        kind = re.sub(r"\d+", "N", what)
        times, together = self.spent.get(kind, (0, 0.0))
        self.spent[kind] = times + 1, together + seconds

    async def _once(
        self, method: str, path: str, headers: dict[str, str],
        query: Mapping[str, str | list[str]] | None, payload: dict[str, Any],
    ) -> Answer | None:  # fmt: skip
        try:
            got = await self._client.request(method, path, headers=headers, params=query, **payload)
        except httpx.TransportError:
            return None
        try:
            return Answer(got.status_code, got.json() if got.content else None)
        except ValueError:
            return Answer(got.status_code, got.text)

    async def must(self, method: str, path: str, **rest: Any) -> Any:  # noqa: ANN401
        """Ask for what can only be refused if something is wrong.

        Raises:
            ApiError: it was refused.
        """
        answer = await self.call(method, path, **rest)
        if not answer.ok:
            raise ApiError(f"{method} {path}", answer)
        return answer.body

    async def items(self, path: str, **rest: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """All rows of a list, page after page."""
        rows: list[dict[str, Any]] = []
        query = dict(rest.pop("query", {}))
        while True:
            page = await self.must("GET", path, query=query, **rest)
            if isinstance(page, list):
                return page
            rows.extend(page["items"])
            if not page.get("next"):
                return rows
            query["cursor"] = page["next"]
