"""Ports that are free, and descriptors enough for many sockets."""

import resource
import socket

from dispatch.run.errors import PortTaken


def require_free(host: str, port: int, setting: str) -> None:
    """See that a port can be listened on.

    Raises:
        PortTaken: it cannot; the error names the port and the setting.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise PortTaken(host, port, setting, error.strerror or str(error)) from error


def free_port(host: str) -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def free_or_other(host: str, port: int) -> int:
    """The port itself where it is free, else another one that is."""
    try:
        require_free(host, port, "")
    except PortTaken:
        return free_port(host)
    return port


def raise_descriptor_limit() -> int:
    """Allow ourselves and our children as many open sockets as the system grants.

    Returns:
        The limit that holds now.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else 1_048_576
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
