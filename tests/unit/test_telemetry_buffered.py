"""The socket under paho: few system calls, the same bytes."""

import socket

import pytest

from telemetry.ingest.buffered import UNSENT_BYTES, Buffered


@pytest.fixture
def pair():
    near, far = socket.socketpair()
    near.setblocking(False)
    with near, far:
        yield Buffered(near), far


def test_what_came_at_once_is_given_out_in_parts(pair):
    near, far = pair
    far.sendall(b"abcdef")
    assert [near.recv(1), near.recv(1), near.recv(9)] == [b"a", b"b", b"cdef"]
    with pytest.raises(BlockingIOError):
        near.recv(1)


def test_it_says_that_there_is_more_of_which_the_kernel_knows_nothing(pair):
    near, far = pair
    far.sendall(b"ab")
    assert not near.has_more
    near.recv(1)
    assert near.has_more
    near.recv(1)
    assert not near.has_more


def test_the_end_is_no_bytes(pair):
    near, far = pair
    far.sendall(b"a")
    far.close()
    assert [near.recv(5), near.recv(5), near.recv(5)] == [b"a", b"", b""]


def test_packets_go_together_and_in_order(pair):
    near, far = pair
    assert near.send(b"ab") == 2
    near.put(b"cd")
    assert near.has_unsent
    near.flush()
    assert not near.has_unsent
    assert far.recv(100) == b"abcd"


def test_what_the_kernel_does_not_take_waits_and_nothing_is_lost(pair):
    near, far = pair
    said = bytes(range(256)) * 16_384
    near.put(said)
    near.flush()
    assert near.has_unsent
    with pytest.raises(BlockingIOError):
        near.send(b"paho has to wait")
    heard = bytearray()
    while len(heard) < len(said):
        heard += far.recv(UNSENT_BYTES)
        near.flush()
    assert heard == said
    assert near.send(b"!") == 1


def test_a_lost_connection_is_read_as_its_end(pair):
    near, far = pair
    far.sendall(b"abc")
    near.recv(1)
    far.close()
    near.put(b"x")
    near.flush()
    assert near.is_broken
    assert not near.has_unsent
    assert near.recv(5) == b""


def test_closing_sends_what_is_left(pair):
    near, far = pair
    near.put(b"goodbye")
    near.close()
    assert far.recv(100) == b"goodbye"
    assert near.fileno() == -1
