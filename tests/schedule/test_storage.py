"""The kept file: what is read of it, what is set aside, and what a full or foreign disk does."""

from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f1stream.schedule import Storage, bundled
from f1stream.schedule.storage import MAX_FILE_BYTES
from tests.schedule.conftest import utc

# What the first version wrote.
OLD_FILE = {
    "season": "2026",
    "fetched_at": "2026-05-01T03:00:00.123456+00:00",
    "races": [
        {
            "round": 4,
            "race_name": "Miami Grand Prix",
            "circuit": "Miami International Autodrome",
            "circuit_id": "miami",
            "country": "USA",
            "locality": "Miami",
            "date": "2026-05-03",
            "url": "https://en.wikipedia.org/wiki/2026_Miami_Grand_Prix",
            "sessions": [
                {
                    "type": "race",
                    "name": "Race",
                    "start_utc": "2026-05-03T17:00:00+00:00",
                    "duration_minutes": 120,
                }
            ],
        }
    ],
}


def test_the_bundled_season_is_whole_and_says_since_when_it_is_known() -> None:
    season = bundled()
    assert (season.season, len(season.races)) == ("2026", 23)
    assert season.fetched_at == utc("2026-11-25 00:00")
    assert season.etag is None
    assert (files("f1stream.schedule") / "season-2026.json").is_file()


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "schedule.json"
    schedule = bundled().model_copy(
        update={"etag": '"x"', "withdrawn": bundled().races[:1], "races": bundled().races[1:]}
    )
    Storage(file).save(schedule)
    assert Storage(file).load() == schedule
    assert [each.name for each in file.parent.iterdir()] == ["schedule.json"]


def test_a_file_of_the_first_version_is_read(tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    file.write_text(json.dumps(OLD_FILE, indent=2))
    schedule = Storage(file).load()
    assert schedule is not None
    assert schedule.fetched_at == utc("2026-05-01 03:00:00.123456")
    assert schedule.races[0].key == "miami-grand-prix"
    assert schedule.races[0].sessions[0].start_utc == utc("2026-05-03 17:00")


def test_a_file_that_is_written_has_all_that_the_first_version_reads(tmp_path: Path) -> None:
    file = tmp_path / "schedule.json"
    Storage(file).save(bundled())
    written = json.loads(file.read_text())
    assert set(OLD_FILE) <= set(written)
    assert set(OLD_FILE["races"][0]) <= set(written["races"][0])
    assert {"type", "name", "start_utc", "duration_minutes"} <= set(
        written["races"][0]["sessions"][0]
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"season": "2026"',
        b'{"season": "", "fetched_at": "", "races": []}',
        b'{"season": "2026", "fetched_at": "2026-05-01T03:00:00", "races": []}',
        b'{"season": "2026", "fetched_at": "9999-12-31T23:59:59Z", "races": []}',
        b'{"season": "2026", "fetched_at": "2026-01-01T00:00:00Z", "races": [], "etag": "\\n"}',
        b"[" * 100_000,
        b'{"digest": "", "a": ' + b"[" * 500 + b"]" * 500 + b"}",
        b'{"digest": 5, "a": 1e999999, "b": 99999999999999999999999}',
        b"\xff\xfe",
        json.dumps(OLD_FILE)[:300].encode(),
        b" " * (MAX_FILE_BYTES + 1),
    ],
    ids=lambda content: content[:24].decode("latin-1"),
)
def test_a_file_that_is_no_schedule_is_set_aside_untouched(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "schedule.json"
    file.write_bytes(content)
    assert Storage(file).load() is None
    (aside,) = tmp_path.iterdir()
    assert aside.name.startswith("schedule.json.aside-")
    assert aside.read_bytes() == content
    assert aside.name in caplog.text
    Storage(file).save(bundled())
    assert aside.read_bytes() == content


@given(content=st.binary(max_size=200))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_whatever_it_holds_stops_the_start(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "schedule.json"
    file.write_bytes(content)
    assert Storage(file).load() is None


@given(cut=st.integers(0, 400))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_cut_at_any_byte_is_whole_or_nothing(tmp_path: Path, cut: int) -> None:
    file = tmp_path / "schedule.json"
    file.write_bytes(json.dumps(OLD_FILE).encode()[:cut])
    assert Storage(file).load() is None


@given(data=st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_kept_file_that_is_cut_or_altered_anywhere_is_what_it_was_or_nothing(
    tmp_path: Path, data: st.DataObject
) -> None:
    file = tmp_path / "schedule.json"
    schedule = bundled().model_copy(update={"races": bundled().races[:1]})
    Storage(file).save(schedule)
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255))
    for damaged in (content[:at], content[:at] + bytes([byte]) + content[at + 1 :]):
        file.write_bytes(damaged)
        assert Storage(file).load() in (None, schedule)


def test_another_date_in_a_kept_file_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "schedule.json"
    Storage(file).save(bundled())
    file.write_text(file.read_text().replace("2026-03-0", "2026-04-0"))
    assert Storage(file).load() is None
    assert "is damaged" in caplog.text


@pytest.mark.parametrize("kind", ["nothing", "folder", "pipe"])
def test_what_is_no_file_is_nothing_kept(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "schedule.json"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    assert Storage(path).load() is None
    assert path.exists() == (kind != "nothing")


def test_where_nothing_can_be_written_that_is_said_once_with_the_remedy(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    storage = Storage(tmp_path / "data" / "schedule.json")
    assert storage.load() is None
    storage.save(bundled())
    storage.save(bundled())
    (record,) = [r for r in caplog.records if "can't be written" in r.getMessage()]
    assert "set schedule.path or data.dir" in record.getMessage()
    (tmp_path / "data").unlink()
    storage.save(bundled())
    assert Storage(tmp_path / "data" / "schedule.json").load() == bundled()
