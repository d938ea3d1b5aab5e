"""What check-ins say, where legs may lie, what photos become: without a database."""

import io
import struct
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dispatch.orders.errors import BadPhoto
from dispatch.orders.facts import CheckIn, facts_of
from dispatch.orders.legs import clamp
from dispatch.orders.model import Period
from dispatch.orders.photo import LONGEST_PX, reencode

T0 = datetime(2026, 3, 2, tzinfo=UTC)
MIN = timedelta(minutes=1)


def tap(kind, minute, counter, odometer=None):
    return CheckIn(kind, T0 + minute * MIN, counter, odometer)


DAY = [
    tap("accept", 0, 1),
    tap("depart", 30, 2, 1_000_000),
    tap("onboard", 45, 3),
    tap("arrive", 80, 4),
    tap("receipt", 90, 5),
    tap("return", 200, 6, 1_060_000),
]


CLOSED = [
    CheckIn("depart", T0 + 25 * MIN, 1, 990_000, entered=True),
    CheckIn("return", T0 + 210 * MIN, 2, 1_070_000, "手机丢失", entered=True),
]


@given(st.permutations([*DAY, *CLOSED]), st.integers(0, len(DAY)))
def test_what_a_dispatcher_wrote_down_completes_it_and_gives_way_to_the_phone(taps, lost):
    known = [one for one in taps if one.entered or one.counter > lost]
    facts = facts_of(known)
    assert facts.state == "completed"
    told = {one.kind: one for one in known if not one.entered}
    out, back = (told.get(c.kind, c) for c in CLOSED)
    assert (facts.departed_at, facts.odometer_out_m) == (out.taken_at, out.odometer_m)
    assert (facts.returned_at, facts.odometer_in_m) == (back.taken_at, back.odometer_m)


def test_an_odometer_that_the_phone_does_not_know_is_the_dispatcher_s():
    facts = facts_of([tap("depart", 30, 2), tap("return", 200, 6), *CLOSED])
    assert (facts.odometer_out_m, facts.odometer_in_m) == (990_000, 1_070_000)
    assert facts.returned_at == T0 + 200 * MIN


def test_any_order_of_arrival_gives_the_same_facts():
    expected = facts_of(DAY)
    assert expected.state == "completed"
    assert all(facts_of(order) == expected for order in permutations(DAY))


taps = st.builds(
    CheckIn,
    st.sampled_from(["accept", "decline", "depart", "onboard", "arrive", "return", "receipt"]),
    st.integers(0, 500).map(lambda m: T0 + m * MIN),
    st.integers(0, 20),
    st.none() | st.integers(0, 2_000_000),
)


@given(st.lists(taps, max_size=12), st.randoms())
def test_facts_depend_on_the_set_alone(some, chance):
    shuffled = chance.sample(some, len(some))
    assert facts_of(shuffled) == facts_of(some)


@pytest.mark.parametrize(
    ("upto", "state"),
    [
        (0, "sent"),
        (1, "accepted"),
        (2, "departed"),
        (3, "onboard"),
        (4, "arrived"),
        (5, "arrived"),
        (6, "completed"),
    ],
)
def test_the_state_follows_the_taps(upto, state):
    assert facts_of(DAY[:upto]).state == state


def test_a_return_with_something_missing_is_no_completion():
    assert facts_of([DAY[1], DAY[5]]).state == "returned"
    without_odometer = [*DAY[:5], tap("return", 200, 6)]
    assert facts_of(without_odometer).state == "returned"


def test_what_looks_wrong_is_noted_and_not_refused():
    assert facts_of([DAY[1], tap("return", 200, 6, 999_000)]).notes == ("odometer_backwards",)
    assert facts_of([DAY[1], tap("return", 20, 6, 1_001_000)]).notes == ("return_before_depart",)


minutes = st.integers(0, 1000)


@given(
    st.lists(st.tuples(minutes, st.integers(1, 100)), max_size=6),
    st.tuples(minutes, st.integers(1, 100)),
    st.tuples(minutes, st.integers(1, 500)),
)
def test_a_clamped_period_is_never_empty_and_overlaps_nothing(others, ours, wanted):
    def period(pair):
        return Period(T0 + pair[0] * MIN, T0 + (pair[0] + pair[1]) * MIN)

    now_held = period(ours)
    fixed = [p for p in map(period, others) if not p.overlaps(now_held)]
    got = clamp(period(wanted), now_held, fixed)
    assert got.start < got.end
    assert not any(got.overlaps(p) for p in fixed)


def picture(size, form="JPEG", **more):
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, form, **more)
    return out.getvalue()


def test_a_photo_is_shrunk_and_loses_what_it_says_of_itself():
    exif = Image.Exif()
    exif[0x010F] = "maker of the phone"
    exif[0x0112] = 6
    photo = reencode(picture((4000, 2000), exif=exif))
    with Image.open(io.BytesIO(photo.content)) as image:
        assert image.format == "JPEG"
        assert max(image.size) == LONGEST_PX
        assert image.height > image.width, "turned upright before the note to turn it is lost"
        assert len(image.getexif()) == 0
    assert b"maker of the phone" not in photo.content


def test_broken_metadata_do_not_lose_a_photo():
    entries = struct.pack("<HHHIHH", 2, 0x0112, 3, 1, 6, 0)  # turned
    entries += struct.pack("<HHII", 0x012D, 2, 6, 38)  # a text where numbers must stand
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entries + b"\0\0\0\0" + b"maker\0"
    with Image.open(io.BytesIO(reencode(picture((40, 20), exif=exif)).content)) as image:
        assert image.size == (20, 40)


NO_PHOTOS = {
    "empty": lambda: b"",
    "text": lambda: b"no image",
    "gif": lambda: picture((10, 10), "GIF"),
    "cut off": lambda: picture((10, 10))[:-200],
    "a bomb": lambda: picture((9000, 9000), "PNG", compress_level=1),
}


@pytest.mark.parametrize("make", NO_PHOTOS.values(), ids=NO_PHOTOS.keys())
def test_what_is_no_photo_is_refused(make):
    with pytest.raises(BadPhoto):
        reencode(make())
