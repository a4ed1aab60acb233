from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from configs.dataset import Dataset
from configs.errors import ConfigError, DataError
from features.sources import connect, literal, locate, open_sources
from tests.configs.test_dataset import LEAST


def _dataset(**sources: dict[str, object]) -> Dataset:
    return Dataset.model_validate(LEAST | {"sources": sources})


def _rows(**source: object) -> list[tuple[object, ...]]:
    with connect() as connection:
        open_sources(connection, _dataset(things=source))
        return connection.execute("SELECT * FROM things ORDER BY ALL").fetchall()


@pytest.mark.parametrize(
    ("name", "content", "more", "rows"),
    [
        ("a.csv", b"id,n\n007,1\n8,x\n", {}, [("007", "1"), ("8", "x")]),  # as text
        ("a.csv", b"id;n\n1;2\n", {"options": {"delim": ";"}}, [("1", "2")]),
        ("a.tsv", b"id\tn\n1\t2\n", {}, [("1", "2")]),
        ("a.txt", b"id,n\n1,2\n", {"format": "csv"}, [("1", "2")]),
        ("a.json", b'[{"id": "1", "n": 2}, {"id": "2"}]', {}, [("1", 2), ("2", None)]),
        ("a.ndjson", b'{"id": "1"}\n{"id": "2"}\n', {}, [("1",), ("2",)]),
    ],
)
def test_files_are_read_by_their_format(
    tmp_path: Path, name: str, content: bytes, more: dict[str, object], rows: list[tuple[object, ...]]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert _rows(path=str(tmp_path / name), **more) == rows


def test_a_glob_reads_every_file(tmp_path: Path) -> None:
    for n in (1, 2):
        pq.write_table(pa.table({"n": [n]}), tmp_path / f"part-{n}.parquet")
    assert _rows(path=str(tmp_path / "part-*.parquet")) == [(1,), (2,)]


def test_every_source_that_cannot_be_opened_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET_ANYWHERE", raising=False)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 this is not it")
    (tmp_path / "a.xml").write_text("<a/>")
    (tmp_path / "a.csv").write_text("a\n1\n")
    sources = {
        "gone": {"path": f"{tmp_path}/gone.csv"},
        "unset": {"path": "${NOT_SET_ANYWHERE}/x.csv"},
        "packed": {"path": "package://no_such_package/x.csv"},
        "inside": {"path": "package://json/x.csv"},
        "odd": {"path": f"{tmp_path}/a.xml"},
        "bad": {"path": f"{tmp_path}/bad.parquet"},
        "optioned": {"path": f"{tmp_path}/a.csv", "options": {"colour": "red"}},
    }
    with connect() as connection, pytest.raises(DataError) as caught:
        open_sources(connection, _dataset(**sources))
    assert caught.value.exit_code == 2
    starts = {detail.split(": ")[0]: detail for detail in caught.value.details}
    assert list(starts) == [f"sources.{name}" for name in sources]
    for name, said in {
        "gone": "no such file",
        "unset": "environment variable NOT_SET_ANYWHERE is not set",
        "packed": "package no_such_package is not installed",
        "inside": "no such file",
        "odd": "format unknown; set `format` to csv, parquet or json",
        "bad": "bad.parquet cannot be read",
        "optioned": "colour",
    }.items():
        assert said in starts[f"sources.{name}"]


def test_where_a_path_leads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEWHERE", str(tmp_path))
    (tmp_path / "a.csv").write_text("")
    assert locate("${SOMEWHERE}/a.csv") == tmp_path / "a.csv"
    assert locate("package://json/decoder.py").name == "decoder.py"
    with pytest.raises(ConfigError, match="is not set"):
        locate("${NOWHERE_AT_ALL}/a.csv")


@pytest.mark.parametrize(("value", "sql"), [("it's", "'it''s'"), (True, "true"), (3, "3"), (0.5, "0.5")])
def test_literals(value: str | float | bool, sql: str) -> None:
    assert literal(value) == sql
    with connect() as connection:
        [(back,)] = connection.execute(f"SELECT {sql}").fetchall()
    assert back == pytest.approx(value) if isinstance(value, float) else back == value


def test_the_connection_works_in_utc_and_fetches_nothing() -> None:
    with connect() as connection:
        settings = "SELECT current_setting('TimeZone'), current_setting('autoinstall_known_extensions')"
        assert connection.execute(settings).fetchall() == [("UTC", False)]
