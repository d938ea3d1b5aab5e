"""What a process that answers people does not look at again."""

import gc

import pytest

from dispatch.run import garbage


@pytest.fixture
def as_before():
    before = gc.get_threshold()
    yield before
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_loaded_is_looked_at_no_more_and_the_rest_seldom(as_before):
    loaded = len(gc.get_objects())
    garbage.look_seldom()
    assert len(gc.get_objects()) < loaded / 10
    assert gc.get_threshold()[0] > as_before[0]
    assert gc.get_threshold()[1:] == as_before[1:]
