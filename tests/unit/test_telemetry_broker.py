"""Where an outside broker is, who we are there, and how often we knock."""

import pytest

from telemetry.ingest import broker_url
from telemetry.ingest.broker import next_wait_s
from telemetry.ingest.subscription import Topics
from telemetry.wire import LONGEST_TOPIC, Channel, Topic


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


def test_a_refusal_quotes_nothing_of_a_password():
    with pytest.raises(broker_url.BadBrokerUrl) as said:
        broker_url.parse("mqtt://us:sesame/open@broker:1883")
    assert "sesame" not in str(said.value)
    assert said.value.__cause__ is None


def test_who_is_thrown_out_at_once_knocks_more_and_more_rarely():
    waits = [0.1]
    for _ in range(8):
        waits.append(next_wait_s(waits[-1], 0.3))
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[-1] == 5.0
    assert next_wait_s(5.0, 3_600.0) == 0.1


def test_a_topic_that_cannot_be_one_is_not_remembered():
    topics = Topics()
    longest = [str(Topic("a" * 64, channel)) for channel in Channel]
    assert [str(topics.parse(one)) for one in longest] == longest
    assert topics.parse("gongche/v1/bus-1/" + "x" * 60_000) is None
    assert len(topics) == len(longest)
    assert max(map(len, longest)) <= LONGEST_TOPIC
