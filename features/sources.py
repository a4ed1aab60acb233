"""Opens the files a mapping names as DuckDB views, so that its SELECTs can speak of them by name."""

from __future__ import annotations

import glob
from importlib.util import find_spec
from pathlib import Path

import duckdb

from configs.dataset import Dataset, Source
from configs.errors import DataError, TenureError
from configs.loading import expand

PACKAGE = "package://"
FORMATS = {".csv": "csv", ".tsv": "csv", ".parquet": "parquet", ".json": "json", ".jsonl": "json", ".ndjson": "json"}
DEFAULTS: dict[str, dict[str, str | int | float | bool]] = {
    "csv": {"all_varchar": True},  # the contract does the casting
    "json": {"sample_size": -1},  # one text among a million numbers is a row to quarantine, not a file to refuse
    "parquet": {},
}
READERS = {"csv": "read_csv", "parquet": "read_parquet", "json": "read_json"}


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that works in UTC and never fetches an extension from the network."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def open_sources(connection: duckdb.DuckDBPyConnection, dataset: Dataset) -> None:
    """Create one view per source. Raises DataError with a line for every source that is missing or unreadable."""
    problems = []
    for name, source in dataset.sources.items():
        try:
            _open(connection, name, source)
        except TenureError as error:
            problems.append(f"sources.{name}: {error.message}")
        except duckdb.Error as error:
            problems.append(f"sources.{name}: {source.path} cannot be read: {str(error).splitlines()[0]}")
    if problems:
        raise DataError(f"dataset {dataset.name}: sources that cannot be opened", details=problems)


def locate(path: str) -> Path:
    """The file or glob behind a source path: `${VARIABLES}` filled in, `package://NAME/FILE` resolved.

    Raises ConfigError for a variable that is not set and DataError where nothing is there.
    """
    text = expand(path)
    if text.startswith(PACKAGE):
        name, _, inner = text.removeprefix(PACKAGE).partition("/")
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise DataError(f"{path}: package {name} is not installed")
        text = str(Path(spec.origin).parent / inner)
    if not glob.glob(text):
        raise DataError(f"{path}: no such file: {text}")
    return Path(text)


def _open(connection: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
    path = locate(source.path)
    kind = source.format or FORMATS.get(path.suffix.lower())
    if kind is None:
        raise DataError(f"{source.path}: format unknown; set `format` to csv, parquet or json")
    options = DEFAULTS[kind] | source.options
    arguments = ", ".join([literal(str(path)), *(f"{key} = {literal(value)}" for key, value in options.items())])
    connection.execute(f'CREATE VIEW "{name}" AS SELECT * FROM {READERS[kind]}({arguments})')


def literal(value: str | int | float | bool) -> str:
    """`value` as a SQL literal."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower() if isinstance(value, bool) else repr(value)
