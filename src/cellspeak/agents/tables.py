"""Data frames as a table of our own: the columns and rows that a person looks at first.

Its one law: no view and no transcript ever needs a library's HTML, so the table is JSON of bounded
size.  Libraries are known by what their frames can do and are never imported here.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cellspeak.core.codec import dumps
from cellspeak.core.events import Data

__all__ = ["table_of"]

_ROWS, _COLUMNS, _CELL = 50, 20, 200
_BYTES = 24 * 1024  # of JSON; below what leaves the event for a blob
_SAFE = 2**53  # JavaScript cannot count further


def table_of(value: object) -> Data | None:
    """Return `{columns, rows, total_rows, truncated}` for a data frame, else None.

    At most 50 rows and 20 columns, cells of at most 200 characters, 24 KB in all.
    """
    try:
        parts = _parts(value)
    except Exception:  # noqa: BLE001 - a frame that fails is shown by its text
        return None
    if parts is None:
        return None
    columns, rows, total, width = parts
    table = _sized([_cell(name) for name in columns], [list(map(_cell, row)) for row in rows])
    kept = len(table["rows"])
    return {**table, "total_rows": total, "truncated": kept < total or len(columns) < width}


_Parts = tuple[Sequence[Any], Iterable[Sequence[Any]], int, int]


def _parts(value: object) -> _Parts | None:
    """Return columns, rows, and how many rows and columns there are in all."""
    if isinstance(value, type):
        return None
    package = type(value).__module__.partition(".")[0]
    known = _KNOWN.get((package, type(value).__name__))
    if known is not None:
        return known(value)
    # Anything else with the interchange interface: by way of pandas, if somebody has it loaded.
    pandas = sys.modules.get("pandas")
    if pandas is None or not hasattr(type(value), "__dataframe__"):
        return None
    return _of_pandas(pandas.api.interchange.from_dataframe(value))


def _of_pandas(frame: Any) -> _Parts:
    top = frame.iloc[:_ROWS, :_COLUMNS]
    columns = [" / ".join(map(str, c)) if isinstance(c, tuple) else c for c in top.columns]
    rows = list(top.itertuples(index=True, name=None))
    if type(frame.index).__name__ == "RangeIndex":
        return columns, [row[1:] for row in rows], len(frame), frame.shape[1]
    names = [" " if name is None else str(name) for name in frame.index.names]
    spread = [(*(r[0] if len(names) > 1 else r[:1]), *r[1:]) for r in rows]
    return [*names, *columns], spread, len(frame), frame.shape[1] + len(names)


def _of_series(series: Any) -> _Parts:
    return _of_pandas(series.to_frame("value" if series.name is None else series.name))


def _of_polars(frame: Any) -> _Parts:
    top = frame.head(_ROWS)
    rows = [row[:_COLUMNS] for row in top.rows()]
    return list(frame.columns)[:_COLUMNS], rows, frame.height, frame.width


def _of_polars_series(series: Any) -> _Parts:
    return _of_polars(series.to_frame())


def _of_arrow(table: Any) -> _Parts:
    names = list(table.column_names)[:_COLUMNS]
    rows = [[row[n] for n in names] for row in table.slice(0, _ROWS).to_pylist()]
    return names, rows, table.num_rows, table.num_columns


_KNOWN: dict[tuple[str, str], Callable[[Any], _Parts]] = {
    ("pandas", "DataFrame"): _of_pandas,
    ("pandas", "Series"): _of_series,
    ("geopandas", "GeoDataFrame"): _of_pandas,
    ("polars", "DataFrame"): _of_polars,
    ("polars", "Series"): _of_polars_series,
    ("pyarrow", "Table"): _of_arrow,
}


def _sized(columns: list[Any], rows: list[list[Any]]) -> dict[str, Any]:
    while rows and len(dumps([columns, rows]).encode()) > _BYTES:
        rows = rows[: len(rows) // 2]
    return {"columns": columns, "rows": rows}


def _cell(value: Any) -> str | int | float | bool | None:
    """Return *value* as JSON: what is missing as null, numbers as numbers, all else as text."""
    value = value.item() if hasattr(value, "item") and not isinstance(value, str) else value
    if value is None or value is getattr(sys.modules.get("pandas"), "NA", None):
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return value if abs(value) < _SAFE else str(value)
    if isinstance(value, float):
        return None if math.isnan(value) else str(value)
    text = value if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else " " for c in text[: _CELL + 1])
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
