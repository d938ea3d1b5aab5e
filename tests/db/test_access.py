"""Links, passwords, tokens, grants and the audit chain, on the real database."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from dispatch import access
from dispatch.access import Grant, Passwords, Role
from tests.website import SINCE, person

AT = datetime(2026, 3, 2, tzinfo=UTC)
GOOD = "correct horse battery"


@pytest.fixture
def passwords():
    return Passwords(memory_kib=1024)


async def test_a_new_installation_lets_nobody_in(conn):
    for table in ("person", "password", "role_grant", "session", "api_token", "sign_in_link"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_of_many_who_use_a_link_at_once_one_gets_in(pool, conn):
    secret = await access.make_link(conn, await person(conn, "P"))

    async def use():
        async with pool.acquire() as own:
            try:
                return await access.use_link(own, secret)
            except access.BadSecret:
                return None

    used = await asyncio.gather(*(use() for _ in range(8)))
    assert len([u for u in used if u is not None]) == 1


async def test_a_link_does_not_outlive_its_time_nor_serve_another_purpose(conn, passwords):
    someone = await person(conn, "P")
    old = await access.make_link(conn, someone, valid_for=timedelta(seconds=-1))
    setup = await access.make_link(conn)
    for secret in (old, setup, "made up"):
        with pytest.raises(access.BadSecret):
            await access.use_link(conn, secret)
    sign_in = await access.make_link(conn, someone)
    with pytest.raises(access.BadSecret):
        await access.set_up(
            conn, passwords, secret=sign_in, code="A", name="管理员", password=GOOD, at=AT
        )


async def test_the_setup_link_makes_one_administrator_and_no_second(conn, passwords):
    first, second = await access.make_link(conn), await access.make_link(conn)
    made = await access.set_up(
        conn, passwords, secret=first, code="A", name="管理员", password=GOOD, at=AT
    )
    assert (await access.person(conn, made, AT, via="cookie")).holds(Role.SYSTEM_ADMIN)
    for secret, refusal in ((first, access.BadSecret), (second, access.AlreadySetUp)):
        with pytest.raises(refusal):
            async with conn.transaction():
                await access.set_up(
                    conn, passwords, secret=secret, code="B", name="乙", password=GOOD, at=AT
                )
    with pytest.raises(access.AlreadySetUp):
        await access.make_link(conn)
    assert await conn.fetchval("SELECT count(*) FROM person") == 1


async def test_five_failures_lock_the_account_for_that_address_only(conn, passwords):
    someone = await person(conn, "P")
    await access.set_password(conn, passwords, someone, "P", GOOD, AT)

    async def attempt(password, address="10.0.0.1", account="P"):
        return await access.sign_in(
            conn, passwords, account=account, password=password, address=address
        )

    assert await attempt(GOOD) == someone
    for _ in range(5):
        with pytest.raises(access.BadSecret):
            await attempt("wrong")
    with pytest.raises(access.TooManyAttempts):
        await attempt(GOOD)
    assert await attempt(GOOD, address="10.0.0.2") == someone
    await conn.execute("UPDATE sign_in_failure SET at = at - interval '6 minutes'")
    assert await attempt(GOOD) == someone


async def test_what_is_noted_of_attempts_is_bounded(conn, passwords):
    async def attempts(count):
        for _ in range(count):
            with pytest.raises((access.BadSecret, access.TooManyAttempts)):
                await access.sign_in(conn, passwords, account="P", password="no", address="a")
        return await conn.fetchval("SELECT count(*) FROM sign_in_failure")

    assert await attempts(20) == 6
    await conn.execute("UPDATE sign_in_failure SET at = at - interval '61 minutes'")
    assert await attempts(1) == 1


async def test_failures_at_the_same_moment_count_too(pool, passwords, conn):
    await access.set_password(conn, passwords, await person(conn, "P"), "P", GOOD, AT)

    async def attempt():
        async with pool.acquire() as own:
            try:
                await access.sign_in(own, passwords, account="P", password="no", address="a")
            except access.BadSecret:
                return "checked"
            except access.TooManyAttempts:
                return "locked"

    answers = await asyncio.gather(*(attempt() for _ in range(9)))
    assert answers.count("checked") <= 5
    assert "locked" in answers


async def test_an_account_without_a_password_or_without_existence_is_refused_alike(conn, passwords):
    await person(conn, "P")
    for account in ("P", "nobody"):
        with pytest.raises(access.BadSecret) as refused:
            await access.sign_in(conn, passwords, account=account, password="", address="a")
        assert str(refused.value) == "wrong, expired or used already"


@pytest.mark.parametrize("password", ["short", "x" * 300, "Administrator"])
async def test_weak_passwords_are_refused(conn, passwords, password):
    someone = await person(conn, "administrator")
    with pytest.raises(access.WeakPassword):
        await access.set_password(conn, passwords, someone, "administrator", password, AT)


async def test_a_session_ends_when_idle_when_old_and_when_ended(conn):
    someone = await person(conn, "P")
    idle, old, ended, good = [await access.open_session(conn, someone) for _ in range(4)]
    from dispatch.access.secrets import digest

    await conn.execute(
        "UPDATE session SET seen_at = now() - interval '31 minutes' WHERE secret_digest = $1",
        digest(idle),
    )
    await conn.execute(
        "UPDATE session SET created_at = now() - interval '13 hours' WHERE secret_digest = $1",
        digest(old),
    )
    await access.end_session(conn, ended)
    for secret in (idle, old, ended, "made up"):
        assert await access.of_session(conn, secret, AT) is None
    assert (await access.of_session(conn, good, AT)).person_id == someone


async def test_using_a_session_keeps_it_from_going_idle(conn):
    secret = await access.open_session(conn, await person(conn, "P"))
    await conn.execute("UPDATE session SET seen_at = now() - interval '29 minutes'")
    assert await access.of_session(conn, secret, AT) is not None
    assert await conn.fetchval("SELECT seen_at > now() - interval '1 minute' FROM session")


async def test_a_token_holds_no_more_than_its_person_and_ends_with_its_days(conn):
    someone = await person(conn, "P", ("dispatcher", {}), ("supervisor", {}))
    who = await access.person(conn, someone, AT, via="cookie")
    day = timedelta(days=1)
    with pytest.raises(access.ScopeNotHeld):
        await access.make_token(conn, who, name="x", scopes=["auditor"], valid_for=day)
    with pytest.raises(access.ScopeNotHeld):
        await access.make_token(conn, who, name="x", scopes=["clock"], valid_for=day)
    secret = await access.make_token(conn, who, name="x", scopes=["dispatcher"], valid_for=day)
    program = await access.of_token(conn, secret, AT)
    assert (program.holds("dispatcher"), program.holds("supervisor")) == (True, False)
    await conn.execute("UPDATE api_token SET expires_at = now()")
    assert await access.of_token(conn, secret, AT) is None


async def test_a_revoked_token_is_dead_and_a_foreign_one_cannot_be_revoked(conn):
    mine = await person(conn, "P", ("dispatcher", {}))
    other = await access.person(conn, await person(conn, "Q"), AT, via="cookie")
    who = await access.person(conn, mine, AT, via="cookie")
    secret = await access.make_token(
        conn, who, name="x", scopes=["dispatcher"], valid_for=timedelta(days=1)
    )
    token_id = await conn.fetchval("SELECT id FROM api_token")
    from dispatch.kernel.errors import NotFound

    with pytest.raises(NotFound):
        await access.revoke_token(conn, other, token_id)
    assert await access.of_token(conn, secret, AT) is not None
    await access.revoke_token(conn, who, token_id)
    assert await access.of_token(conn, secret, AT) is None


async def test_a_grant_holds_in_its_period_only(conn):
    someone = await person(conn, "P")
    assert await access.grant(conn, someone, Grant(Role.DISPATCHER), AT)
    assert not await access.grant(conn, someone, Grant(Role.DISPATCHER), AT)
    before = await access.person(conn, someone, AT - timedelta(seconds=1), via="cookie")
    after = await access.person(conn, someone, AT, via="cookie")
    assert (before.holds("dispatcher"), after.holds("dispatcher")) == (False, True)


async def test_nobody_holds_two_of_the_three_powers(conn):
    someone = await person(conn, "P", ("system_admin", {}))
    with pytest.raises(asyncpg.ExclusionViolationError):
        await access.grant(conn, someone, Grant(Role.AUDITOR), SINCE)


async def _entries(conn, n):
    for i in range(n):
        async with conn.transaction():
            await access.append(
                conn, at=AT, actor="person:1", action="tested", object=f"thing:{i}",
                detail={"i": i, "名": "值", "nested": {"b": [1, 2], "a": None}},
            )  # fmt: skip


async def test_the_chain_holds_under_many_writers(pool, conn):
    async def write():
        async with pool.acquire() as own:
            await _entries(own, 10)

    await asyncio.gather(*(write() for _ in range(5)))
    chain = await access.verify(conn, chunk=7)
    assert (chain.entries, chain.broken_at) == (50, None)


@pytest.mark.parametrize(
    ("tamper", "broken_at"),
    [
        ("UPDATE audit_entry SET actor = 'person:2' WHERE seq = 3", 3),
        ("UPDATE audit_entry SET detail = '{}' WHERE seq = 4", 4),
        ("DELETE FROM audit_entry WHERE seq = 2", 3),
        ("UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 5", 5),
    ],
    ids=["actor", "detail", "deleted", "time"],
)
async def test_a_changed_entry_is_found(conn, tamper, broken_at):
    await _entries(conn, 6)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await conn.execute(tamper)
    await conn.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
    await conn.execute(tamper)
    assert (await access.verify(conn)).broken_at == broken_at


async def test_a_cut_tail_shows_in_the_head(conn):
    await _entries(conn, 3)
    head = (await access.verify(conn)).head
    await conn.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
    await conn.execute("DELETE FROM audit_entry WHERE seq = 3")
    cut = await access.verify(conn)
    assert (cut.entries, cut.broken_at) == (2, None)
    assert cut.head != head
