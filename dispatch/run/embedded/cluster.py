"""An embedded cluster on disk: made once, by initdb, and recognised ever after."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import TypedDict

from dispatch.run.embedded.errors import DiskFull, InitFailed, OtherMajor
from dispatch.run.embedded.place import Cluster, writing

SUPERUSER = "gongche_super"
"""The supervisor's own; no process of ours signs in with it."""
ROLE = "gongche"
"""Owns the database and is no superuser."""
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")


def initialise(cluster: Cluster) -> None:
    """Make the cluster if there is none; leave an existing one as it is.

    It is made beside its place and moved there when it is whole, so a start that was cut
    short leaves nothing half made.

    Raises:
        OtherMajor: it was made by another major version.
        DiskFull: there is no room.
        InitFailed: anything else that initdb says.
    """
    ours = major(cluster)
    if (cluster.data / "PG_VERSION").exists():
        found = (cluster.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != ours:
            raise OtherMajor(cluster.data, found, ours)
        return
    unfinished = cluster.base / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    _initdb(cluster, unfinished)
    with writing(cluster.base):
        _write(cluster, unfinished / "pg_hba.conf", f"local all all peer map={ROLE}\n")
        _write(cluster, unfinished / "pg_ident.conf", ident_map(cluster))
        unfinished.rename(cluster.data)


def major(cluster: Cluster) -> str:
    """The major version of the programs, e.g. '18'."""
    said = subprocess.run(
        [cluster.bin / "postgres", "--version"], check=True, capture_output=True, text=True
    ).stdout
    return said.split()[-1].partition(".")[0]


def ident_map(cluster: Cluster) -> str:
    """Which operating system users may be which roles of the database."""
    users = sorted({cluster.caller.name, cluster.owner.name})
    return "".join(f'{ROLE} "{user}" {role}\n' for user in users for role in (SUPERUSER, ROLE))


def _initdb(cluster: Cluster, folder: Path) -> None:
    done = subprocess.run(
        [
            cluster.bin / "initdb",
            "--auth-local=peer",
            "--auth-host=scram-sha-256",
            "--data-checksums",
            "--no-instructions",
            f"--username={SUPERUSER}",
            *LOCALE,
            f"--pgdata={folder}",
        ],
        cwd=cluster.base,
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        capture_output=True,
        text=True,
        **as_owner(cluster),
    )
    if done.returncode == 0:
        return
    if "No space left on device" in done.stdout + done.stderr:
        raise DiskFull(cluster.base)
    raise InitFailed(cluster.data, " ".join(done.stderr.split())[-500:])


def _write(cluster: Cluster, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    os.chown(path, cluster.owner.uid, cluster.owner.gid)


class Identity(TypedDict, total=False):
    """Arguments of subprocess that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


def as_owner(cluster: Cluster) -> Identity:
    """As whom the server's programs run: nothing to say where we are that user."""
    if cluster.caller == cluster.owner:
        return {}
    return {"user": cluster.owner.uid, "group": cluster.owner.gid, "extra_groups": []}
