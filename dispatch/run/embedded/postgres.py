"""The life of an embedded PostgreSQL: started, ready, stopped, and started again.

The server is a direct child of whoever calls `launch`. It is reached over a unix socket
only, by `peer` authentication: the operating system says who asks, so there is no password
to leak. It stops on SIGINT, and recovers by its own log after any kind of death.
"""

import ctypes
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from dispatch.run.embedded.cluster import ROLE, SUPERUSER, as_owner, initialise
from dispatch.run.embedded.errors import NotStarted
from dispatch.run.embedded.place import Cluster, humblest, may_enter, place, writing

DATABASE = "gongche"
LOG_KEPT_BYTES = 20_000_000
ORPHANS_MAY_FINISH_S = 5.0
STOP_WITHIN_S = 60.0
PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] ",
    "cluster_name": "gongche",
}
SAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
FORGETFUL = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # its workers are the superuser's, and a database they are in cannot be dropped by our role
    "autovacuum": "off",
}
BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")
_libc = ctypes.CDLL(None, use_errno=True)

Server = subprocess.Popen[bytes]


def dsn(cluster: Cluster, database: str = DATABASE, role: str = ROLE) -> str:
    """How programs of the same operating system user reach the cluster."""
    return f"postgresql://{role}@/{database}?host={quote(str(cluster.sockets), safe='')}"


def launch(cluster: Cluster, more: Mapping[str, str] = SAFE) -> Server:
    """Start the server as our child; it is not ready yet.

    Whatever an earlier, killed server left behind is waited for first. Call this from the
    main thread: when that thread dies, the kernel tells the server to stop.
    """
    clear_leftovers(cluster)
    with writing(cluster.log):
        _shorten(cluster.log)
        log = cluster.log.open("ab")
    settings = SERVER_SETTINGS | {"unix_socket_directories": str(cluster.sockets)} | dict(more)
    with log:
        return subprocess.Popen(
            [
                str(cluster.bin / "postgres"),
                f"-D{cluster.data}",
                *(f"--{name}={value}" for name, value in settings.items()),
            ],
            cwd=cluster.base,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is the supervisor's to pass on, last of all
            preexec_fn=_stop_with_parent,
            **as_owner(cluster),
        )


def _stop_with_parent() -> None:
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _shorten(log: Path) -> None:
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.rename(log.with_suffix(".log.1"))


def clear_leftovers(cluster: Cluster) -> None:
    """Stop what still works on the cluster's files: a server or backends without a master."""
    for pid in (left := processes(cluster)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + ORPHANS_MAY_FINISH_S
    while left := processes(cluster):
        if time.monotonic() > deadline:  # committed work is in the log already
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def processes(cluster: Cluster) -> list[int]:
    """Pids of all processes whose working directory is the cluster's data."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "Z" and (entry / "cwd").readlink() == cluster.data:
                found.append(int(entry.name))
    return found


def is_ready(cluster: Cluster) -> bool:
    """Whether the server takes connections now."""
    asked = [str(cluster.bin / "pg_isready"), "-q", f"-h{cluster.sockets}", "-t2"]
    return subprocess.run(asked, check=False).returncode == 0


def await_ready(cluster: Cluster, server: Server, within_s: float = 60.0) -> None:
    """Wait until the server takes connections.

    Raises:
        NotStarted: it ended, or recovery takes longer.
    """
    deadline = time.monotonic() + within_s
    while not is_ready(cluster):
        if server.poll() is not None:
            raise NotStarted(cluster.log, last_words(cluster))
        if time.monotonic() > deadline:
            raise NotStarted(cluster.log, f"not ready after {within_s:.0f} s")
        time.sleep(0.02)


def last_words(cluster: Cluster) -> str:
    """The last FATAL line of the log, else its last line."""
    lines = cluster.log.read_bytes()[-20_000:].decode(errors="replace").splitlines() or [""]
    return next((line for line in reversed(lines) if "FATAL" in line), lines[-1])


def superuser_does(cluster: Cluster, script: str) -> None:
    """Run a psql script; it may use the variables :role and :database."""
    done = subprocess.run(
        [
            str(cluster.bin / "psql"),
            "-Xq",
            "-vON_ERROR_STOP=1",
            f"-vrole={ROLE}",
            f"-vdatabase={DATABASE}",
            f"-h{cluster.sockets}",
            f"-U{SUPERUSER}",
            "-dpostgres",
        ],
        input=script.encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(cluster.log, done.stderr.decode(errors="replace").strip())


def stop(cluster: Cluster, server: Server) -> None:
    """Stop the server: open transactions roll back, what is committed is on disk."""
    for ask in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(ask)
            with suppress(subprocess.TimeoutExpired):
                server.wait(STOP_WITHIN_S)
    if cluster.sockets.parent != cluster.base:
        with suppress(OSError):
            cluster.sockets.rmdir()


def start(data_dir: Path, more: Mapping[str, str] = SAFE) -> tuple[Cluster, Server]:
    """Make the cluster of a data directory if there is none, start it and wait for it.

    Raises:
        SetupError: one of dispatch.run.embedded.errors.
    """
    cluster = place(data_dir)
    initialise(cluster)
    server = launch(cluster, more)
    try:
        await_ready(cluster, server)
        superuser_does(cluster, BOOTSTRAP.read_text(encoding="utf-8"))
    except BaseException:
        stop(cluster, server)
        raise
    return cluster, server


@contextmanager
def running(data_dir: Path, more: Mapping[str, str] = SAFE) -> Iterator[Cluster]:
    """An embedded cluster for the length of a block."""
    cluster, server = start(data_dir, more)
    try:
        yield cluster
    finally:
        stop(cluster, server)


@contextmanager
def temporary_server(folder: Path) -> Iterator[str]:
    """A server for tests, gone with the block; quick, because it may forget on power loss.

    Args:
        folder: for the files, where the server may enter it; else /tmp.

    Yields:
        A DSN of the database `postgres`, as our role, which here may create databases.
    """
    with tempfile.TemporaryDirectory(prefix="gongche-", dir=_enterable(folder)) as parent:
        Path(parent).chmod(0o755)
        with running(Path(parent) / "data", FORGETFUL) as cluster:
            superuser_does(cluster, f"ALTER ROLE {ROLE} CREATEDB")
            yield dsn(cluster, "postgres")


def _enterable(folder: Path) -> Path | None:
    return folder if may_enter(folder.resolve(), humblest()) else None
