"""Why a plan failed, as the API tells it."""

import traceback

import pytest

from dispatch.kernel.errors import Invalid
from dispatch.orders.plan_views import reason


def raised(error, cause=None):
    try:
        try:
            raise cause or error
        except type(cause or error) as first:
            raise error from first
    except type(error):
        return traceback.format_exc()


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        pytest.param(None, None, id="all went well"),
        pytest.param("InvalidProblem", "InvalidProblem", id="as failures are kept now"),
        pytest.param("no answer in time", "no answer in time", id="a fallback's reason"),
        pytest.param(raised(ValueError("x")), "ValueError", id="a traceback"),
        pytest.param(raised(Invalid("x")), "Invalid", id="of a room's own error"),
        pytest.param(raised(KeyError("x"), OSError("y")), "KeyError", id="of two errors"),
        pytest.param(raised(ValueError("a\nSecret: b")), "ValueError", id="of several lines"),
        pytest.param(raised(ValueError("x"))[:60], "error", id="cut off"),
        pytest.param(raised(ExceptionGroup("g", [ValueError("x")])), "error", id="of a group"),
        pytest.param("one\ntwo", "error", id="lines of anything else"),
    ],
)
def test_a_reason_is_one_line_and_never_a_traceback(kept, told):
    assert reason(kept) == told
