"""One-time links, printed by whoever may already read this machine's files."""

from dispatch import access
from dispatch.kernel.errors import Invalid
from dispatch.run.desk import desk
from dispatch.run.settings import Settings


async def link_for(settings: Settings, role: str) -> str:
    """The address at which the first person who holds a role signs in, once, within 30 minutes.

    Raises:
        Invalid: there is no such role.
        NotFound: nobody holds it.
    """
    if role not in list(access.Role):
        raise Invalid(f"no role {role!r}; there are: {', '.join(access.Role)}")
    async with desk(settings) as at:
        secret, person_id, _ = await access.link_for_role(at.conn, role, at.now)
        await access.append(
            at.conn,
            at=at.now,
            actor=at.who,
            action="sign-in.link",
            object=f"person:{person_id}",
            detail={"role": role},
        )
        return f"{at.origin}/sign-in#{secret}"


async def setup_link(settings: Settings) -> str | None:
    """The address at which the first administrator is made; None where one exists."""
    async with desk(settings) as at:
        try:
            return f"{at.origin}/setup#{await access.make_link(at.conn)}"
        except access.AlreadySetUp:
            return None
