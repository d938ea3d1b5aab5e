"""The optimizer's verbs work on files alone, and name what is wrong with them."""

import dataclasses
import json
import os
import signal
import subprocess
import sys

import pytest

import optimizer
from tests import tiny_days
from tests.bench.instances import day, full, scarce


def gongche(*words):
    return subprocess.run(
        [sys.executable, "-m", "dispatch.run", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def instance(tmp_path):
    tasks = [tiny_days.task(n, 0, 1, (8 + 3 * n) * tiny_days.HOUR) for n in (1, 2)]
    problem = tiny_days.day([tiny_days.car(1)], [tiny_days.driver(1)], tasks)
    file = tmp_path / "instance.json"
    file.write_bytes(optimizer.encode_problem(problem))
    return file


def test_a_plan_is_made_and_holds_under_the_independent_check(instance):
    planned = gongche("plan", instance, "--seconds", "3")
    assert planned.returncode == 0, planned.stderr
    file = instance.with_name("plan.json")
    file.write_text(planned.stdout)
    checked = gongche("check", instance, file)
    found = json.loads(checked.stdout)
    assert checked.returncode == 0
    assert found["valid"]
    assert found["levels"]["fen"] == json.loads(planned.stdout)["levels"]["fen"]


def test_a_plan_goes_to_a_file_whole_or_not_at_all(instance):
    file = instance.with_name("plan.json")
    file.write_text("what was there before")
    planned = gongche("plan", instance, "--seconds", "3", "-o", file)
    assert (planned.returncode, planned.stdout) == (0, ""), planned.stderr
    assert "greedy" in planned.stderr
    assert "rentals 0" in planned.stderr.splitlines()[-1]
    assert gongche("check", instance, file).returncode == 0
    assert sorted(it.name for it in instance.parent.iterdir()) == ["instance.json", "plan.json"]


def test_it_is_said_how_many_rentals_there_must_be(tmp_path):
    file = tmp_path / "scarce.json"
    problem = day(scarce(12, 60), 1)
    file.write_bytes(optimizer.encode_problem(problem))
    planned = gongche("plan", file, "--seconds", "10", "-o", tmp_path / "plan.json")
    assert planned.returncode == 0, planned.stderr
    plan = optimizer.decode_plan((tmp_path / "plan.json").read_bytes())
    assert plan.bound.rentals > 0
    said = f"rentals {plan.levels.rentals}，至少 at least {plan.bound.rentals}，"
    assert said in planned.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("nowhere/plan.json", "no such directory"),
        (".", "is not a file"),
        ("a-pipe", "is not a file"),
        ("link-to-instance.json", "is the instance"),
    ],
)
def test_where_a_plan_cannot_be_written_it_is_said_before_it_is_made(instance, where, said):
    os.mkfifo(instance.with_name("a-pipe"))
    instance.with_name("link-to-instance.json").symlink_to(instance)
    planned = gongche("plan", instance, "--seconds", "60", "-o", instance.parent / where)
    assert planned.returncode == 2
    assert said in planned.stderr
    assert "greedy" not in planned.stderr


def test_an_interrupt_takes_the_best_plan_so_far(tmp_path):
    file, plan = tmp_path / "large.json", tmp_path / "plan.json"
    problem = day(full(200, 600), 1)
    file.write_bytes(optimizer.encode_problem(problem))
    words = ["plan", str(file), "--seconds", "500", "-o", str(plan)]
    with subprocess.Popen(
        [sys.executable, "-m", "dispatch.run", *words], stderr=subprocess.PIPE, text=True
    ) as running:
        assert any("columns" in line for line in running.stderr)
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    found = optimizer.decode_plan(plan.read_bytes())
    assert found.fallback is None
    assert optimizer.check(problem, found).violations == ()


def test_a_forged_plan_is_found_out(instance):
    plan = optimizer.greedy_plan(optimizer.decode_problem(instance.read_bytes()))
    forged = dataclasses.replace(plan, duties=plan.duties[:1], rentals=(), unserved=())
    forged = dataclasses.replace(
        forged, duties=(dataclasses.replace(plan.duties[0], stops=plan.duties[0].stops[:1]),)
    )
    file = instance.with_name("forged.json")
    file.write_bytes(optimizer.encode_plan(forged))
    checked = gongche("check", instance, file)
    assert checked.returncode == 1
    assert json.loads(checked.stdout)["violations"] != []


def test_a_plan_is_compared_with_another(instance):
    plan = optimizer.greedy_plan(optimizer.decode_problem(instance.read_bytes()))
    rented = optimizer.Plan((), tuple(optimizer.Rental(n, 1) for n in (1, 2)), ())
    file, other = instance.with_name("plan.json"), instance.with_name("other.json")
    file.write_bytes(optimizer.encode_plan(plan))
    other.write_bytes(optimizer.encode_plan(rented))
    checked = gongche("check", instance, file, "--against", other)
    told = json.loads(checked.stdout)["against"]
    assert (checked.returncode, told["levels"]["rentals"]) == (0, -2)
    assert [moved["there"]["firm"] for moved in told["moved"]] == [1, 1]


def test_every_contradiction_of_an_instance_is_a_line(instance):
    document = json.loads(instance.read_bytes())
    document["vehicles"][0]["home"] = 77
    document["tasks"][0]["pool"] = 9
    instance.write_text(json.dumps(document))
    done = gongche("plan", instance)
    assert done.returncode == 2
    assert "vehicle 1: place 77 is not in the matrix of 3 places" in done.stderr
    assert "task 1: pool 9 is unknown" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "instance.json"), ('{"horizon": 7}', "instance.json"), (None, "No such file")],
    ids=["not JSON", "wrong type", "missing"],
)
def test_a_broken_instance_is_named(instance, text, said):
    if text is None:
        instance.unlink()
    else:
        instance.write_text(text)
    done = gongche("plan", instance)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_every_verb_is_told_in_chinese_and_english():
    from dispatch.run.cli import app
    from dispatch.run.cli_devices import app as devices

    verbs = [*app.registered_commands, *devices.registered_commands]
    assert len(verbs) >= 16
    for verb in verbs:
        said = verb.callback.__doc__
        assert " · " in said, verb.callback.__name__
        assert any("\u4e00" <= c <= "\u9fff" for c in said), verb.callback.__name__


def test_the_version_is_the_distributions():
    assert gongche("version").stdout.strip() == "0.1.0"
