"""Where an outside broker is, and who we are there."""

import pytest

from telemetry.ingest import broker_url


@pytest.mark.parametrize(
    ("url", "host", "port", "username", "password"),
    [
        ("mqtt://broker", "broker", 1883, None, None),
        ("mqtts://broker", "broker", 8883, None, None),
        ("mqtt://a%40b:c%2Fd@[::1]:7", "::1", 7, "a@b", "c/d"),
        ("mqtt://a@broker", "broker", 1883, "a", None),
    ],
)
def test_a_url_says_where_and_who(url, host, port, username, password):
    where = broker_url.parse(url)
    assert (where.host, where.port, where.username, where.password) == (
        host, port, username, password,
    )  # fmt: skip
    assert (where.tls is not None) == url.startswith("mqtts")


@pytest.mark.parametrize("url", ["", "broker:1883", "http://broker", "mqtt://", "mqtt://b:70000"])
def test_another_url_is_refused_in_words(url):
    with pytest.raises(broker_url.BadBrokerUrl):
        broker_url.parse(url)
