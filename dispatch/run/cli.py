"""The command `gongche`: one verb a thing that a person does."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dispatch.kernel.errors import FleetError, Invalid
from dispatch.run import (
    cli_database,
    cli_devices,
    cli_doctor,
    cli_fences,
    cli_retention,
    cli_roads,
    cli_tolls,
)
from dispatch.run.cli_settings import settings

app = typer.Typer(
    help="公务用车调度与车载数据 · Dispatch and telemetry of a city's shared official vehicles.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(cli_devices.app, name="devices")
app.add_typer(cli_doctor.app, name="doctor")
app.add_typer(cli_retention.app, name="retention")
app.add_typer(cli_fences.app, name="fences")
app.add_typer(cli_roads.app, name="roads")
app.add_typer(cli_tolls.app, name="tolls")
for verb in (cli_database.migrate, cli_database.backup, cli_database.restore):
    app.command()(verb)

REFUSED = 2
"""The exit code of everything that says what to change."""
MOST_S = 86_400
"""The longest that a plan may be thought about."""
A_BUG = 70
"""EX_SOFTWARE of sysexits.h."""


def main() -> None:
    """Run the command; a refusal is one line on standard error and exit code 2."""
    from dispatch.run.signals import end_with_parent

    end_with_parent()
    try:
        app()
    except FleetError as error:
        sys.stderr.write(f"gongche: {error} [{error.code}]\n")
        sys.exit(REFUSED)
    except Exception:
        from dispatch.kernel.log import get_logger

        get_logger(__name__).exception("stopped by a bug")
        sys.exit(A_BUG)


@app.command()
def serve() -> None:
    """运行整个系统，直到 Ctrl-C · Run the whole system until Ctrl-C."""
    import asyncio

    from dispatch.run.serve import serve as run

    asyncio.run(run(settings()))


@app.command()
def demo(
    live_for: Annotated[
        float | None, typer.Option("--for", help="历史之后运行多少秒 · Seconds after the history.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="把结果写入此 JSON 文件 · Write the figures there.")
    ] = None,
    speed: Annotated[float, typer.Option(help="时间倍速 · Product seconds a second.")] = 10.0,
    seed: Annotated[int, typer.Option(help="随机种子 · All that is invented follows from it.")] = 1,
    cars: Annotated[
        int, typer.Option(min=18, help="74 小城，249 全城 · 74: small, 249: full.")
    ] = 74,
    day: Annotated[
        str, typer.Option(help="workday，或日期 · The day it lives on: workday, or a date.")
    ] = "workday",
    history_days: Annotated[
        int, typer.Option(min=0, max=14, help="先补几天历史 · Days of history before it.")
    ] = 2,
) -> None:
    """运行整个系统和一座模拟城市 · Run everything with a simulated city, on this machine only."""
    import asyncio

    from dispatch.run.city import Order, first_day
    from dispatch.run.demo import Wishes
    from dispatch.run.demo import demo as run

    found = settings(level="WARNING")  # the screen is for links and progress
    start = first_day(day, history_days)
    order = Order(start, seed, cars, history_days, speed, live_for)
    raise typer.Exit(asyncio.run(run(found, Wishes(order, report))))


def _play(role: str) -> None:
    import asyncio

    from dispatch.run.datadir import find_database
    from dispatch.run.roles import Role
    from dispatch.run.wiring import play

    found = settings()
    asyncio.run(play(Role(role), found, find_database(found)))


@app.command()
def ingest() -> None:
    """只接收车载数据 · Take in what devices send, and nothing else."""
    _play("ingest")


@app.command()
def understand() -> None:
    """只解析行程与围栏 · Fold fixes into journeys and fence visits."""
    _play("understand")


@app.command()
def planner() -> None:
    """只做排程与记账 · Plan, match trips and receipts, keep the books."""
    _play("planner")


@app.command()
def web() -> None:
    """只提供网页与接口 · Serve the pages, the API and the live map."""
    _play("web")


@app.command()
def judge(
    truth: Annotated[
        Path | None, typer.Option(help="真值目录，缺省为演示的 · A run's truth; the demo's.")
    ] = None,
) -> None:
    """把数据库与模拟器的真值逐条比对 · Compare the database with what truly happened."""
    import asyncio

    from dispatch.run.judge import judge as compare

    differences = asyncio.run(compare(settings(), truth))
    raise typer.Exit(1 if differences else 0)


@app.command()
def measure(
    report: Annotated[
        Path | None, typer.Option(help="把结果写入此 JSON 文件 · Write the figures there.")
    ] = None,
    seed: Annotated[int, typer.Option(help="随机种子 · All that is invented follows from it.")] = 1,
    small: Annotated[
        bool, typer.Option(help="每条规则只有几例 · A few cases of each rule only.")
    ] = False,
) -> None:
    """测量告警、里程与油量的准确度 · Measure alarms, kilometres and litres by the truth."""
    import asyncio

    from dispatch.run.measure import Wishes
    from dispatch.run.measure import measure as run

    found = settings(level="WARNING")
    raise typer.Exit(asyncio.run(run(found, Wishes(seed, small, report))))


@app.command()
def replay(
    file: Annotated[
        Path, typer.Argument(help="CSV：longitude, latitude, timestamp（本地时间）, id 或 name_id")
    ],
    speed: Annotated[
        float, typer.Option(help="倍速，0 为尽快 · Recorded seconds a second; 0: at once.")
    ] = 60.0,
    keep_times: Annotated[
        bool, typer.Option(help="保留原时间，仅限模拟库 · Keep the times; a scenario only.")
    ] = False,
) -> None:
    """回放录制的定位数据 · Publish recorded fixes through MQTT, as their devices would."""
    import asyncio

    from dispatch.run.replay import replay as run

    asyncio.run(run(settings(), file, speed=speed, keep_times=keep_times))


@app.command()
def plan(
    instance: Annotated[Path, typer.Argument(help="问题 JSON · The problem, as JSON.")],
    seconds: Annotated[
        float, typer.Option(min=0, max=MOST_S, help="计算秒数 · Wall seconds to think.")
    ] = 10.0,
    seed: Annotated[int, typer.Option(help="随机种子 · Recorded with the plan.")] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="方案写入此文件 · Write it here.")
    ] = None,
    bound_seconds: Annotated[
        float,
        typer.Option(min=0, max=MOST_S, help="大型日另加的下界秒数 · For a large day's bound."),
    ] = 0.0,
) -> None:
    """求解排程问题文件；Ctrl-C 取当前最优 · Plan an instance; Ctrl-C: the best so far."""
    from dispatch.run import cli_plan

    file = None if output is None else cli_plan.writable(output, instance)
    asked = cli_plan.Asked(seconds, seed, bound_seconds)
    with cli_plan.telling() as tell:
        found, said = cli_plan.plan(instance, asked, tell)
    typer.echo(said, err=True)
    if file is None:
        typer.echo(found)
        return
    try:
        cli_plan.write(file, found)
    except Invalid:
        typer.echo(found)
        raise


@app.command()
def check(
    instance: Annotated[Path, typer.Argument(help="问题 JSON · The problem, as JSON.")],
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="方案 JSON · The plan.")],
    against: Annotated[
        Path | None, typer.Option(help="另一方案，列出差别 · Another plan, to say what differs.")
    ] = None,
) -> None:
    """独立校验并重新计价一个方案 · Check, price and prove a plan from the problem alone."""
    from dispatch.run import cli_plan

    found, valid = cli_plan.check(instance, plan_file, against)
    typer.echo(found)
    raise typer.Exit(0 if valid else 1)


@app.command()
def version() -> None:
    """版本 · The version of the product."""
    from importlib.metadata import version as installed

    typer.echo(installed("gongche"))


@app.command("sign-in")
def sign_in(
    role: Annotated[str, typer.Argument(help="角色，如 dispatcher · A role, such as dispatcher.")],
) -> None:
    """给第一位持有该角色的人一个一次性登录链接 · A one-time link for the first such person."""
    import asyncio

    from dispatch.run.links import link_for

    typer.echo(asyncio.run(link_for(settings(), role)))
