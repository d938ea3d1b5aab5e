"""Logs go to standard error as it is when something is said."""

import contextlib
import io

import structlog

from dispatch.kernel import log


def test_a_stream_that_stood_in_for_standard_error_may_be_closed(capsys):
    try:
        stand_in = io.StringIO()
        with contextlib.redirect_stderr(stand_in):
            log.configure("INFO", as_json=True)
            log.get_logger("room").info("said to the stand-in")
        assert "said to the stand-in" in stand_in.getvalue()
        stand_in.close()
        log.get_logger("room").info("said afterwards")
        assert "said afterwards" in capsys.readouterr().err
    finally:
        structlog.reset_defaults()
