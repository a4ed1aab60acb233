"""The contract as SQL: casts a mapped table to its canonical types and gives every row that breaks them a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from configs.dataset import Attribute
from configs.errors import DataError
from features.casts import cast, columns_of, has_zone, quoted, typed_instant
from features.contract import Column, Table
from features.sources import literal

NOT_A = {"number": "not a number", "integer": "not a whole number", "flag": "not true or false"}
EARLIEST = "1900-01-01"
RESERVED = ("as_of", "source_row", "reason")  # columns that Tenure itself puts beside a table's own


@dataclass(frozen=True, slots=True)
class Checked:
    """A SELECT of the canonical columns, then `source_row` (its place in the relation) and `reason`.

    The reason is null for a row that fits, else `column: rule: value`, joined by "; ".
    """

    sql: str
    columns: tuple[str, ...]


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

    Raises DataError naming every required column that is missing, every column that is neither canonical nor a
    declared attribute, and every attribute whose name is taken.
    """
    columns = columns_of(table, attributes)
    _refuse_wrong_columns(table, columns, given)
    casts = [f"{cast(column, given.get(column.name), timezone)} AS {quoted(column.name)}" for column in columns]
    present = [column for column in columns if column.name in given]
    reasons = [reason for column in present for reason in _reasons(column, given[column.name], now)]
    raw = [f"{quoted(column.name)} AS {quoted('raw ' + column.name)}" for column in present]
    names = ", ".join(quoted(column.name) for column in columns)
    sql = (
        f"SELECT {names}, source_row, nullif(concat_ws('; ', {', '.join(reasons)}), '') AS reason "
        f"FROM (SELECT {', '.join(casts + raw)}, rowid AS source_row FROM {relation})"
    )
    return Checked(sql, tuple(column.name for column in columns))


def _reasons(column: Column, given: str, now: datetime) -> list[str]:
    value, raw = quoted(column.name), quoted("raw " + column.name)
    # "; " separates the reasons of a row
    shown = f"replace(left(CAST({raw} AS VARCHAR), 40), ';', ',')"
    blank = f"({raw} IS NULL OR trim(CAST({raw} AS VARCHAR)) IN ('', '[]'))"
    reasons = []
    if column.required:
        reasons.append(_when(blank, column, literal("missing")))
    if column.kind in NOT_A:
        reasons.append(_when(f"NOT {blank} AND {value} IS NULL", column, _said(NOT_A[column.kind], shown)))
    if column.kind == "number":
        reasons.append(_when(f"NOT isfinite({value})", column, _said("not finite", shown)))
    if column.kind == "instant":
        reasons += _instant_reasons(column, blank, shown, now, given)
    if column.allowed:
        reasons.append(_outside(column, value, shown))
    for bound, sign, word in ((column.minimum, "<", "below"), (column.maximum, ">", "above")):
        if bound is not None:
            reasons.append(_when(f"{value} {sign} {bound}", column, _said(f"{word} {bound:g}", shown)))
    return reasons


def _outside(column: Column, value: str, shown: str) -> str:
    allowed = "[" + ", ".join(literal(name) for name in column.allowed) + "]"
    inside = f"list_has_all({allowed}, {value if column.kind == 'list' else f'[{value}]'})"
    rule = _said(f"not one of {', '.join(column.allowed)}", shown)
    return _when(f"{value} IS NOT NULL AND NOT {inside}", column, rule)


def _instant_reasons(column: Column, blank: str, shown: str, now: datetime, given: str) -> list[str]:
    value, raw = quoted(column.name), f"trim(CAST({quoted('raw ' + column.name)} AS VARCHAR))"
    unread = f"NOT {blank} AND {value} IS NULL"
    readable = f"TRY_CAST({raw} AS TIMESTAMP) IS NOT NULL"
    zoneless = f"{unread} AND {readable}" + ("" if typed_instant(given) else f" AND NOT {has_zone(raw)}")
    no_zone = _said("time without a zone (set `timezone` in the mapping)", shown)
    reasons = [
        f"CASE WHEN {zoneless} THEN {literal(column.name + ': ')} || {no_zone} "
        f"WHEN {unread} THEN {literal(column.name + ': ')} || {_said('not a time', shown)} END",
        _when(f"{value} < TIMESTAMPTZ '{EARLIEST} 00:00:00+00'", column, _said("before 1900", shown)),
    ]
    if column.may_be_future:
        return [*reasons, _when(f"{value} = 'infinity'", column, _said("not finite", shown))]
    return [*reasons, _when(f"{value} > TIMESTAMPTZ '{now.isoformat()}'", column, _said("in the future", shown))]


def _when(condition: str, column: Column, said: str) -> str:
    return f"CASE WHEN {condition} THEN {literal(column.name + ': ')} || {said} END"


def _said(rule: str, shown: str) -> str:
    return f"{literal(rule + ': ')} || {shown}"


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
    taken = {*table.names, *RESERVED}
    problems += [
        f"attributes.{table.name}.{column.name}: the name is taken; give the attribute another"
        for column in columns[len(table.columns) :]
        if column.name in taken
    ]
    if problems:
        raise DataError(f"table {table.name} does not fit the contract", details=problems)
