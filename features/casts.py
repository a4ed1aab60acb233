"""Values as the contract types them: SQL expressions that are null where a value cannot be read as its type."""

from __future__ import annotations

from collections.abc import Mapping

from configs.dataset import Attribute
from features.contract import Column, Table
from features.sources import literal

SQL_TYPES = {
    "text": "VARCHAR",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "flag": "BOOLEAN",
    "list": "VARCHAR[]",
    "instant": "TIMESTAMPTZ",
}
ZONE = r"(Z|UTC|[+-]\d{2}(:?\d{2})?)$"


def columns_of(table: Table, attributes: Mapping[str, Attribute]) -> tuple[Column, ...]:
    """The table's columns followed by its declared attributes."""
    kinds = {name: Column(name, "number" if a.kind == "number" else "text") for name, a in attributes.items()}
    return (*table.columns, *(kinds.values() if table.attributes else ()))


def cast(column: Column, given: str | None, timezone: str | None) -> str:
    """`column`, of SQL type `given` (None: absent), as its canonical type."""
    name = quoted(column.name)
    if given is None:
        return f"CAST(NULL AS {SQL_TYPES[column.kind]})"
    text = f"nullif(trim(CAST({name} AS VARCHAR)), '')"
    if column.kind == "text":
        return text
    if column.kind == "instant":
        return _instant(name, given, timezone)
    if column.kind == "list":
        parts = f"CAST({name} AS VARCHAR[])" if given.endswith("[]") else f"string_split({text}, '|')"
        return f"list_transform({parts}, lambda part: trim(part))"
    typed = f"TRY_CAST({text} AS {SQL_TYPES[column.kind]})"
    if column.kind == "integer":  # the cast alone would round 1.5 to 2
        return f"CASE WHEN TRY_CAST({text} AS DOUBLE) = {typed} THEN {typed} END"
    return typed


def has_zone(text: str) -> str:
    """Whether a time written as `text` ends in a zone; the time of day comes first, as 2017-01-01 ends in -01 too."""
    return f"regexp_matches({text}, {literal(':' + r'.*' + ZONE)})"


def typed_instant(given: str) -> bool:
    """Whether the SQL type `given` is a date or a time already."""
    return given == "DATE" or given.startswith("TIMESTAMP")


def quoted(name: str) -> str:
    """`name` as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _instant(name: str, given: str, timezone: str | None) -> str:
    if given == "TIMESTAMP WITH TIME ZONE":
        return name
    local = f" AT TIME ZONE {literal(timezone)}" if timezone else ""
    nothing = "CAST(NULL AS TIMESTAMPTZ)"
    if typed_instant(given):
        return f"CAST({name} AS TIMESTAMP){local}" if timezone else nothing
    text = f"trim(CAST({name} AS VARCHAR))"
    naive = f"TRY_CAST({text} AS TIMESTAMP){local}" if timezone else nothing
    return f"CASE WHEN {has_zone(text)} THEN TRY_CAST({text} AS TIMESTAMPTZ) ELSE {naive} END"
