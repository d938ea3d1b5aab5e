"""Passwords: argon2id, few at a time, and five failures lock an account for an address."""

import asyncio
from datetime import datetime

import argon2

from dispatch.access.errors import BadSecret, TooManyAttempts, WeakPassword
from dispatch.kernel.db import Conn, statements
from dispatch.kernel.ids import PersonId

SQL = statements(__file__)

AT_LEAST = 12
AT_MOST = 256
FAILURES = 5


class Passwords:
    """Hashes and checks passwords in threads; each takes 64 MiB, so only some at once."""

    def __init__(self, at_once: int = 2, memory_kib: int = 64 * 1024) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=4)
        self._turns = asyncio.Semaphore(at_once)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id text of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; None takes as long and never matches."""
        async with self._turns:
            same = await asyncio.to_thread(self._check, stored, password)
        return same and stored is not None

    def _check(self, stored: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash("nobody's password")
        try:
            return self._hasher.verify(stored or self._nobodys, password)
        except argon2.exceptions.VerificationError:
            return False


async def set_password(
    conn: Conn,
    passwords: Passwords,
    person_id: PersonId,
    account: str,
    password: str,
    at: datetime,
) -> None:
    """Set a person's password.

    Raises:
        WeakPassword: not 12 to 256 characters, or the account's name.
    """
    if not AT_LEAST <= len(password) <= AT_MOST:
        raise WeakPassword(f"a password has {AT_LEAST} to {AT_MOST} characters")
    if password.casefold() == account.casefold():
        raise WeakPassword("the account's name is no password")
    await conn.execute(SQL["set_password"], person_id, await passwords.hash(password), at)


async def sign_in(
    conn: Conn, passwords: Passwords, *, account: str, password: str, address: str
) -> PersonId:
    """Check a password.

    The attempt is written before the check and taken back after a success, so
    attempts at the same moment count too.

    Args:
        conn: outside a transaction, so that a failure stays written.
        passwords: the hasher of this process.
        account: the person's code.
        password: as typed.
        address: of the caller.

    Raises:
        TooManyAttempts: more than five within five minutes.
        BadSecret: no such account, no password, or a wrong one.
    """
    await conn.execute(SQL["note_attempt"], account, address, FAILURES)
    if await conn.fetchval(SQL["count_attempts"], account, address) > FAILURES:
        raise TooManyAttempts
    row = await conn.fetchrow(SQL["find_password"], account)
    if not await passwords.matches(None if row is None else row["argon2id"], password) or not row:
        raise BadSecret
    await conn.execute(SQL["forget_attempts"], account, address)
    return PersonId(row["person_id"])
