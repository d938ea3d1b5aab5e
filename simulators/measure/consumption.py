"""What the system says that a car used: asked over HTTP, as the page of its day asks."""

from simulators.api import Api
from simulators.document import Json
from simulators.measure.mail import moment
from simulators.measure.story import Story

SUPERVISOR = "MEASURE-SUP"
Answer = tuple[str, str, int | None, int, str]


def supervisor() -> Json:
    """Somebody who may read what every car did, as the register's document has it."""
    return {
        "code": SUPERVISOR, "name": "测量监督", "token": True, "grants": [{"role": "supervisor"}],
    }  # fmt: skip


async def used(api: Api, registered: Json, one: Story) -> list[Answer]:
    """Ml and Wh of a car over the whole run: (car, medium, used, error, why it is not known).

    Args:
        api: which knows the supervisor's token.
        registered: what the register answered to the import.
        one: the car's story.
    """
    player = one.script.player
    path = f"/vehicles/{registered['ids']['vehicles'][player.code]}/energy"
    end = one.script.start + len(one.true.kmh)
    query = {"from": moment(one.script.start).isoformat(), "to": moment(end).isoformat()}
    said = await api.must("GET", path, who=SUPERVISOR, query=query)
    media = [("fuel", player.tank_ml), ("electricity", player.battery_wh)]
    return [
        (player.code, medium, said[medium]["used"], said[medium]["error"], said[medium]["why"])
        for medium, size in media
        if size
    ]
