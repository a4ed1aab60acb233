"""The contract as SQL: casts a mapped table to its canonical types and gives every row that breaks them a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from configs.dataset import Attribute
from configs.errors import DataError
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
NOT_A = {"number": "not a number", "integer": "not a whole number", "flag": "not true or false"}
ZONE = r"(Z|UTC|[+-]\d{2}(:?\d{2})?)$"
EARLIEST = "1900-01-01"


@dataclass(frozen=True, slots=True)
class Checked:
    """A SELECT of the canonical columns, then `source_row` (its place in the relation) and `reason` (null if it fits)."""

    sql: str
    columns: tuple[str, ...]


def columns_of(table: Table, attributes: Mapping[str, Attribute]) -> tuple[Column, ...]:
    """The table's columns followed by its declared attributes."""
    kinds = {name: Column(name, "number" if a.kind == "number" else "text") for name, a in attributes.items()}
    return (*table.columns, *(kinds.values() if table.attributes else ()))


def checked(
    table: Table,
    given: Mapping[str, str],
    *,
    relation: str,
    now: datetime,
    timezone: str | None,
    attributes: Mapping[str, Attribute],
) -> Checked:
    """The table `relation`, whose columns have the SQL types `given`, held against `table`.

    Raises DataError naming every required column that is missing and every column that is neither canonical nor a
    declared attribute.
    """
    columns = columns_of(table, attributes)
    _refuse_wrong_columns(table, columns, given)
    casts = [f"{cast(column, given.get(column.name), timezone)} AS {quoted(column.name)}" for column in columns]
    present = [column for column in columns if column.name in given]
    reasons = [reason for column in present for reason in _reasons(column, given[column.name], now, timezone)]
    raw = [f"{quoted(column.name)} AS {quoted('raw ' + column.name)}" for column in present]
    names = ", ".join(quoted(column.name) for column in columns)
    sql = (
        f"SELECT {names}, source_row, nullif(concat_ws('; ', {', '.join(reasons)}), '') AS reason "
        f"FROM (SELECT {', '.join(casts + raw)}, rowid AS source_row FROM {relation})"
    )
    return Checked(sql, tuple(column.name for column in columns))


def cast(column: Column, given: str | None, timezone: str | None) -> str:
    """An expression of the column's canonical type, null where the value cannot be read as one."""
    name = quoted(column.name)
    if given is None:
        return f"CAST(NULL AS {SQL_TYPES[column.kind]})"
    text = f"nullif(trim(CAST({name} AS VARCHAR)), '')"
    if column.kind == "text":
        return text
    if column.kind == "instant":
        return _instant(name, given, timezone)
    if column.kind == "list":
        return f"CAST({name} AS VARCHAR[])" if given.endswith("[]") else f"string_split({text}, '|')"
    return f"TRY_CAST({text} AS {SQL_TYPES[column.kind]})"


def quoted(name: str) -> str:
    """`name` as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _instant(name: str, given: str, timezone: str | None) -> str:
    if given == "TIMESTAMP WITH TIME ZONE":
        return name
    local = f" AT TIME ZONE {literal(timezone)}" if timezone else ""
    if given == "DATE" or given.startswith("TIMESTAMP"):
        return f"CAST({name} AS TIMESTAMP){local}" if timezone else "CAST(NULL AS TIMESTAMPTZ)"
    text = f"trim(CAST({name} AS VARCHAR))"
    zoned = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    naive = f"TRY_CAST({text} AS TIMESTAMP){local}" if timezone else "CAST(NULL AS TIMESTAMPTZ)"
    return f"CASE WHEN {_has_zone(text)} THEN {zoned} ELSE {naive} END"


def _has_zone(text: str) -> str:
    # the time of day must come first: 2017-01-01 ends in -01 too
    return f"regexp_matches({text}, {literal(':' + r'.*' + ZONE)})"


def _reasons(column: Column, given: str, now: datetime, timezone: str | None) -> list[str]:
    value, raw = quoted(column.name), quoted("raw " + column.name)
    shown = f"left(CAST({raw} AS VARCHAR), 40)"
    blank = f"({raw} IS NULL OR trim(CAST({raw} AS VARCHAR)) = '')"
    reasons = []
    if column.required:
        reasons.append(_when(blank, column, literal("missing")))
    if column.kind in NOT_A:
        reasons.append(_when(f"NOT {blank} AND {value} IS NULL", column, _said(NOT_A[column.kind], shown)))
    if column.kind == "number":
        reasons.append(_when(f"NOT isfinite({value})", column, _said("not finite", shown)))
    if column.kind == "instant":
        reasons += _instant_reasons(column, blank, shown, now, given, timezone)
    if column.allowed:
        outside = (
            f"NOT list_has_all({literal_list(column.allowed)}, {value if column.kind == 'list' else f'[{value}]'})"
        )
        rule = f"{shown} || {literal(' is not one of ' + ', '.join(column.allowed))}"
        reasons.append(_when(f"{value} IS NOT NULL AND {outside}", column, rule))
    for bound, sign, word in ((column.minimum, "<", "below"), (column.maximum, ">", "above")):
        if bound is not None:
            reasons.append(_when(f"{value} {sign} {bound}", column, _said(f"{word} {bound:g}", shown)))
    return reasons


def _instant_reasons(
    column: Column, blank: str, shown: str, now: datetime, given: str, timezone: str | None
) -> list[str]:
    value = quoted(column.name)
    unread = f"NOT {blank} AND {value} IS NULL"
    typed = given == "DATE" or given.startswith("TIMESTAMP")
    raw = f"trim(CAST({quoted('raw ' + column.name)} AS VARCHAR))"
    zoneless = f"{unread} AND TRY_CAST({raw} AS TIMESTAMP) IS NOT NULL" + (
        "" if typed else f" AND NOT {_has_zone(raw)}"
    )
    no_zone = _said("time without a zone (set `timezone` in the mapping)", shown)
    reasons = [
        f"CASE WHEN {zoneless} THEN {literal(column.name + ': ')} || {no_zone} "
        f"WHEN {unread} THEN {literal(column.name + ': ')} || {_said('not a time', shown)} END",
        _when(f"{value} < TIMESTAMPTZ '{EARLIEST} 00:00:00+00'", column, _said("before 1900", shown)),
    ]
    if not column.may_be_future:
        reasons.append(_when(f"{value} > TIMESTAMPTZ '{now.isoformat()}'", column, _said("in the future", shown)))
    return reasons


def _when(condition: str, column: Column, said: str) -> str:
    return f"CASE WHEN {condition} THEN {literal(column.name + ': ')} || {said} END"


def _said(rule: str, shown: str) -> str:
    return f"{literal(rule + ': ')} || {shown}"


def literal_list(values: tuple[str, ...]) -> str:
    """A SQL list literal of texts."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def _refuse_wrong_columns(table: Table, columns: tuple[Column, ...], given: Mapping[str, str]) -> None:
    known = {column.name for column in columns}
    problems = [
        f"tables.{table.name}.{column.name}: required column is missing"
        for column in columns
        if column.required and column.name not in given
    ]
    problems += [
        f"tables.{table.name}.{name}: neither a column of the contract nor a declared attribute"
        for name in given
        if name not in known
    ]
    if problems:
        raise DataError(f"table {table.name} does not fit the contract", details=problems)
