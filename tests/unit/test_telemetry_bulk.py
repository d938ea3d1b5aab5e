"""Many fixes at once are the same rows as one by one, and the COPY says the same to PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import positions
from telemetry.positions import bulk
from tests import storing
from tests.unit.test_telemetry_packed import BARE, FULL, NOON, fixes

SECOND = timedelta(seconds=1)
runs = st.lists(st.tuples(st.integers(1, 5), st.lists(fixes, max_size=6)), max_size=6)


def loaded(said):
    return storing.loaded(
        [(device, NOON + n * SECOND, some) for n, (device, some) in enumerate(said)]
    )


def as_rows(packed):
    """What pack would have made of each."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    def at(us):
        return epoch + timedelta(microseconds=int(us))

    columns = {n: bulk.values(packed, n) for n in packed.digested.dtype.names}
    return [
        (
            at(columns["ts"][i]),
            at(packed.received_us[i]),
            int(packed.digest[i]),
            int(packed.device_id[i]),
            *(
                bool(columns[name][i])
                if name == "ignition" and columns[name][i] is not None
                else columns[name][i]
                for name in positions.COLUMNS[4:]
            ),
        )
        for i in range(len(packed))
    ]


def as_kept(row):
    """With the time of arrival that the database still knows."""
    return row[0], row[0] + positions.as_stored(row)[1] * SECOND / 10, *row[2:]


def key(row):
    return row[3], row[0], row[2]


@given(runs)
def test_many_at_once_are_the_rows_of_one_by_one_in_the_order_of_their_key(said):
    found = as_rows(positions.pack_all(loaded(said)))
    one_by_one = {}
    for n, (device, some) in enumerate(said):
        for fix in some:
            row = positions.pack(device, fix, NOON + n * SECOND)
            one_by_one.setdefault(key(row), row)
    assert found == sorted(one_by_one.values(), key=key)


@given(runs)
def test_markers_and_spans_are_those_of_each_device(said):
    packed = positions.pack_all(loaded(said))
    rows = as_rows(packed)
    best = {}
    for row in (as_kept(row) for row in rows if row[4] or row[5]):
        rank = (min(row[0], row[1]), row[0], -row[2])
        if row[3] not in best or rank > best[row[3]][0]:
            best[row[3]] = (rank, row)
    assert as_rows(bulk.markers(packed)) == [best[d][1] for d in sorted(best)]
    devices, lo, hi = bulk.spans(packed)
    ts = {d: [positions.microseconds(r[0]) for r in rows if r[3] == d] for d in devices.tolist()}
    assert devices.tolist() == sorted({row[3] for row in rows})
    assert lo.tolist() == [min(ts[d]) for d in devices.tolist()]
    assert hi.tolist() == [max(ts[d]) for d in devices.tolist()]


@pytest.mark.parametrize("append", [positions.append_new, positions.append_few])
@pytest.mark.parametrize("said", [[FULL], [BARE], [FULL, BARE], [BARE, FULL, FULL]])
async def test_the_database_reads_the_columns_as_the_rows(conn, said, append):
    said = [type(f)(**{**{k: getattr(f, k) for k in f.__struct_fields__}, "ts": NOON + n * SECOND})
            for n, f in enumerate(said)]  # fmt: skip
    await positions.ensure_weeks(conn, NOON, NOON)
    load = loaded([(7, said)])
    async with conn.transaction():
        await append(conn, positions.pack_all(load))
    names = ", ".join(positions.COLUMNS)
    found = await conn.fetch(f"SELECT {names} FROM fix ORDER BY device_id, ts, digest")
    expected = [positions.as_stored(positions.pack(7, f, NOON)) for f in said]
    assert [tuple(row) for row in found] == expected
