"""Whether a browser's request comes from our own pages."""

from collections.abc import Mapping


def is_ours(headers: Mapping[str, str], origins: frozenset[str], *, silent: bool) -> bool:
    """Judge a write or a socket by its Origin, else by Sec-Fetch-Site.

    Args:
        headers: by lower-case name.
        origins: of our own pages.
        silent: what to say of a request that has neither header (so no browser's).
    """
    origin = headers.get("origin")
    if origin is not None:
        return origin.lower() in origins
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return silent
