"""A recording is understood whole or refused whole, with line numbers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kernel.calendar import SHANGHAI, business_day
from simulators.recording import BrokenCsv, Recorded, by_device, device_of, moved, read
from telemetry.wire.topics import NAME

HEAD = "longitude,latitude,timestamp,name_id\n"
WUXI = Path(__file__).parents[3] / "shared" / "data" / "wuxi_taxi_fixes.csv"


def written(folder: Path, text: str) -> Path:
    path = folder / "fixes.csv"
    path.write_text(text, "utf-8")
    return path


def test_lines_come_out_in_order_of_time_as_local_time(tmp_path):
    path = written(
        tmp_path,
        HEAD + "119.7,31.2,2020-07-18 09:07:18,b\n119.6,31.1,2020-07-18 09:07:17,a\n",
    )
    first, second = read(path)
    assert first == Recorded("a", datetime(2020, 7, 18, 1, 7, 17, tzinfo=UTC), 119.6, 31.1)
    assert second.name == "b"


def test_columns_may_stand_anywhere_and_the_id_may_be_called_id(tmp_path):
    path = written(tmp_path, "id,x,timestamp,latitude,longitude\n7,,2020-07-18 09:00:00,31,119\n")
    assert [(f.name, f.lon, f.lat) for f in read(path)] == [("7", 119.0, 31.0)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "line 1: no column 'longitude'"),
        ("longitude,latitude,timestamp\n1,2,3\n", "no column 'id' or 'name_id'"),
        (HEAD, "no fix in it"),
        (HEAD + "119,31,2020-07-18 09:00:00,a\n119,91,2020-07-18 09:00:00,a\n", "line 3: latitude"),
        (HEAD + "nan,31,2020-07-18 09:00:00,a\n", "line 2: longitude is 'nan'"),
        (HEAD + "119,31,yesterday,a\n", "line 2: timestamp is 'yesterday'"),
        (HEAD + "119,31,2020-07-18 09:00:00,\n", "line 2: name_id is empty"),
        (HEAD + "119,31\n", "line 2: name_id is empty"),
    ],
    ids=["empty", "no id", "no line", "latitude", "nan", "time", "name", "short line"],
)
def test_a_broken_file_says_where(tmp_path, text, words):
    with pytest.raises(BrokenCsv, match=words):
        read(written(tmp_path, text))


def test_every_broken_line_is_named_up_to_twenty(tmp_path):
    path = written(tmp_path, HEAD + "119,31,never,a\n" * 30)
    with pytest.raises(BrokenCsv) as caught:
        read(path)
    assert str(caught.value).count("line ") == 20


@given(
    st.integers(1_500_000_000, 1_900_000_000),
    st.integers(1_500_000_000, 1_900_000_000),
    st.integers(0, 200_000),
)
def test_a_move_is_of_whole_days_and_ends_today_or_yesterday(recorded, today, length_s):
    last = datetime.fromtimestamp(recorded, SHANGHAI)
    now = datetime.fromtimestamp(today, SHANGHAI)
    fixes = [Recorded("a", last - timedelta(seconds=length_s), 0, 0), Recorded("a", last, 0, 0)]
    there = moved(fixes, now)
    assert (there[1].at - last) % timedelta(days=1) == timedelta(0)
    assert there[1].at - there[0].at == timedelta(seconds=length_s)
    assert there[1].at <= now
    assert (business_day(now) - business_day(there[1].at)).days in (0, 1)


@given(st.text(min_size=1, max_size=80))
def test_every_recorded_id_becomes_a_terminal_name(name):
    assert NAME.fullmatch(device_of(name))


@pytest.mark.skipif(not WUXI.exists(), reason="../shared/data is not here")
def test_a_day_of_real_taxis_is_read():
    fixes = read(WUXI)
    assert len(fixes) == 20_188
    assert len(list(by_device(fixes))) == 475
