"""Files that are there whole or not at all."""

import pytest

from dispatch.run.whole_file import AS_USUAL, OWNER_ALONE, whole


def test_a_file_takes_the_place_of_the_last_one_with_the_access_asked_for(tmp_path):
    file = tmp_path / "it"
    for text, access in ((b"first", OWNER_ALONE), (b"second", AS_USUAL)):
        with whole(file, access) as out:
            out.write(text)
            assert file.exists() == (text != b"first")
        assert file.read_bytes() == text
    with whole(file) as out:
        out.write(b"third")
    assert file.stat().st_mode & 0o777 == OWNER_ALONE


def half_of(file):
    with whole(file) as out:
        out.write(b"half")
        raise OSError("full")


def test_of_one_that_fails_nothing_is_left(tmp_path):
    file = tmp_path / "it"
    file.write_bytes(b"before")
    (tmp_path / "it.part").write_bytes(b"from a process that was killed")
    with pytest.raises(OSError, match="full"):
        half_of(file)
    assert [it.name for it in tmp_path.iterdir()] == ["it"]
    assert file.read_bytes() == b"before"
