"""What a tool returned: as JSON, as a picture, as a table, and as text for the model."""

from __future__ import annotations

import asyncio
import base64
import datetime
import io
import math
import threading
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from cellspeak.agents import figures
from cellspeak.agents.offload import in_thread
from cellspeak.agents.rich import MODEL_LIMIT, Shown, shown
from cellspeak.agents.running import run_tool
from cellspeak.agents.tables import table_of
from cellspeak.agents.tools import ToolContext, spec_of
from cellspeak.core.mimes import TABLE
from cellspeak.engine.blobs import split_result


@pytest.fixture(autouse=True)
def plt(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("MPLBACKEND", "agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


async def run(function: Any) -> Shown:
    return await run_tool(spec_of(function), {}, ToolContext(lambda *_: None))


def size_of(mime: Any) -> tuple[int, int]:
    return Image.open(io.BytesIO(base64.b64decode(mime["image/png"]))).size


class Table:
    def __repr__(self) -> str:
        return "Table of 2"

    def _repr_html_(self) -> str:
        return "<table></table>"

    def _repr_png_(self) -> bytes:
        return b"\x89PNG"


class Bundle:
    def _repr_mimebundle_(self, **_: Any) -> Any:
        return {"text/plain": "a bundle", "application/json": {"x": 1}}, {"meta": 1}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError

    def _repr_html_(self) -> str:
        raise RuntimeError


class Anything:
    def __getattr__(self, name: str) -> Any:
        return lambda *_: "everywhere"


def test_a_rich_result_is_shown_richly_and_read_as_text() -> None:
    table = shown(Table())
    assert (table.value, table.text) == ("Table of 2", "Table of 2")
    assert table.mime == {
        "text/html": "<table></table>",
        "image/png": "iVBORw==",
        "text/plain": "Table of 2",
    }
    bundle = shown(Bundle())
    assert bundle.text == "a bundle"
    assert bundle.mime["application/json"] == '{"x":1}'


def test_a_result_that_is_json_stays_json() -> None:
    assert shown({"a": [1, None]}).value == {"a": [1, None]}
    assert shown("text").text == "text"
    assert shown({"a": 1}).text == '{"a":1}'


@pytest.mark.parametrize("value", [Broken(), Anything(), float("nan"), {1: object()}, Table])
def test_whatever_comes_back_becomes_json(value: Any) -> None:
    assert isinstance(shown(value).value, str)


def test_a_model_reads_a_bounded_part_of_a_long_result() -> None:
    long = shown("x" * (MODEL_LIMIT + 5))
    assert long.text.endswith("\n[cut here: 5 more characters]")
    assert len(long.value) == MODEL_LIMIT + 5
    assert not long.truncated
    huge = shown("x" * 600_000)
    assert huge.truncated
    assert huge.value == huge.text


def test_html_is_kept_without_what_runs_or_loads() -> None:
    class Evil:
        def _repr_html_(self) -> str:
            return "<b onclick=x>b</b><script>x</script><img src=https://evil.example/p.png>"

    assert shown(Evil()).mime["text/html"] == "<strong>b</strong>[picture]"


def test_a_kind_that_nobody_here_knows_is_left_out() -> None:
    class Plot:
        def _repr_mimebundle_(self, **_: Any) -> Any:
            return {"text/plain": "a plot", "application/vnd.plotly.v1+json": {"data": []}}

    assert shown(Plot()).mime == {"text/plain": "a plot"}


# Tables


def test_a_data_frame_becomes_a_table_of_ours_and_text_for_the_model() -> None:
    frame = pd.DataFrame({"name": ["Ada", None], "n": [1, 2]})
    result = shown(frame)
    assert result.mime[TABLE] == {
        "columns": ["name", "n"],
        "rows": [["Ada", 1], [None, 2]],
        "total_rows": 2,
        "truncated": False,
    }
    assert "text/html" not in result.mime
    assert result.text == repr(frame) == result.mime["text/plain"]


def test_a_long_wide_frame_is_cut_to_50_rows_and_20_columns() -> None:
    table = table_of(pd.DataFrame(np.zeros((1234, 30), dtype=int)))
    assert table is not None
    assert (len(table["columns"]), len(table["rows"])) == (20, 50)
    assert (table["total_rows"], table["truncated"]) == (1234, True)


def test_an_index_with_names_is_shown_as_columns() -> None:
    series = pd.Series([3, 4], index=pd.Index(["a", "b"], name="key"), name="n")
    table = table_of(series)
    assert table is not None
    assert (table["columns"], table["rows"]) == (["key", "n"], [["a", 3], ["b", 4]])
    grouped = pd.DataFrame({("x", "min"): [1]}, index=pd.MultiIndex.from_tuples([("p", 2)]))
    table = table_of(grouped)
    assert table is not None
    assert (table["columns"], table["rows"]) == ([" ", " ", "x / min"], [["p", 2, 1]])


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (math.nan, None),
        (math.inf, "inf"),
        (pd.NA, None),
        (2**60, str(2**60)),
        (True, True),
        (np.float64(0.5), 0.5),
        ("a\u202eb\n", "a b "),
        ("x" * 300, "x" * 199 + "…"),
        ([1, 2], "[1, 2]"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
    ],
)
def test_each_cell_is_json_that_a_browser_can_count(value: Any, cell: Any) -> None:
    table = table_of(pd.DataFrame({"x": pd.Series([value], dtype=object)}))
    assert table is not None
    assert table["rows"] == [[cell]]


def test_a_table_stays_in_its_event() -> None:
    table = table_of(pd.DataFrame({n: ["y" * 200] * 50 for n in range(20)}))
    assert table is not None
    assert 0 < len(table["rows"]) < 50
    assert table["truncated"]
    kept, blobs = split_result({"result": 1, "mime": {TABLE: table}}, 32 * 1024)
    assert kept["mime"][TABLE] == table
    assert not blobs


class Interchange:
    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def __dataframe__(self, **options: Any) -> Any:
        return self._frame.__dataframe__(**options)


@pytest.mark.filterwarnings("ignore")  # pandas means to drop its own end of the interface
def test_any_frame_with_the_interchange_interface_is_a_table() -> None:
    table = table_of(Interchange(pd.DataFrame({"x": [1.5]})))
    assert table is not None
    assert (table["columns"], table["rows"]) == (["x"], [[1.5]])


@pytest.mark.parametrize("value", [1, "x", None, pd.DataFrame, [1], {"a": 1}, Interchange(None)])
def test_what_is_no_frame_is_no_table(value: Any) -> None:
    assert table_of(value) is None


class Frame:
    """Stands in for polars and pyarrow, which are not installed here: the parts that are used."""

    columns = column_names = ("a", "b")
    height = num_rows = 70
    width = num_columns = 2

    def head(self, _count: int) -> Frame:
        return self

    def slice(self, _from: int, _count: int) -> Frame:
        return self

    def rows(self) -> list[tuple[int, str]]:
        return [(1, "x")]

    def to_pylist(self) -> list[dict[str, Any]]:
        return [{"a": 1, "b": "x"}]

    def to_frame(self) -> Frame:
        return self


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("polars.dataframe.frame", "DataFrame"),
        ("polars.series", "Series"),
        ("pyarrow.lib", "Table"),
    ],
)
def test_frames_of_other_libraries_are_read_by_what_they_can_do(module: str, name: str) -> None:
    other = type(name, (Frame,), {"__module__": module})()
    table = table_of(other)
    assert table == {
        "columns": ["a", "b"],
        "rows": [[1, "x"]],
        "total_rows": 70,
        "truncated": True,
    }


# Figures


async def test_a_figure_that_is_returned_is_drawn_and_closed(plt: Any) -> None:
    def draw() -> Any:
        figure, axes = plt.subplots()
        axes.plot([1, 2])
        return figure

    result = await run(draw)
    assert min(size_of(result.mime)) > 100
    assert result.text.startswith("<Figure size 640x480 with 1 Axes>\n[a picture of it is shown")
    assert (
        result.value == result.mime["text/plain"] == repr(plt.figure()).replace("0 Axes", "1 Axes")
    )
    assert len(plt.get_fignums()) == 1


async def test_figures_that_are_left_open_are_shown_one_below_the_other(plt: Any) -> None:
    def draw(count: int) -> Any:
        def drawn() -> int:
            for _ in range(count):
                plt.figure(figsize=(2, 1)).add_subplot()
            return 7

        return drawn

    one, three = await run(draw(1)), await run(draw(3))
    assert (one.value, one.text.splitlines()[0]) == (7, "7")
    assert size_of(three.mime)[1] == 3 * size_of(one.mime)[1]
    assert plt.get_fignums() == []


async def test_a_tool_that_returns_nothing_but_draws_tells_the_model_so(plt: Any) -> None:
    def draw() -> None:
        plt.plot([1, 2])

    result = await run(draw)
    assert (result.value, result.text) == (None, "[a picture of it is shown to the person]")


async def test_figures_of_the_user_stay_as_they_are(plt: Any) -> None:
    mine = plt.figure()
    began, go = threading.Event(), threading.Event()

    def draw() -> None:
        plt.figure()
        began.set()
        go.wait(5)

    async def meanwhile() -> None:
        await in_thread(lambda: began.wait(5))
        plt.figure()  # in a cell of the user's
        go.set()

    result, _ = await asyncio.gather(run(draw), meanwhile())
    assert "image/png" in result.mime
    assert len(plt.get_fignums()) == 2
    assert plt.fignum_exists(mine.number)


async def test_a_figure_is_closed_even_if_its_tool_breaks(plt: Any) -> None:
    def draw() -> None:
        plt.figure()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await run(draw)
    assert plt.get_fignums() == []


async def test_a_tool_that_is_the_first_to_load_matplotlib_has_its_figures_caught(
    plt: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw() -> None:
        plt.figure()

    monkeypatch.setattr(figures, "_hooked", lambda: False)
    assert "image/png" in (await run(draw)).mime
    assert plt.get_fignums() == []


def test_matplotlib_is_told_once_whom_to_tell() -> None:
    with figures.caught(), figures.caught():
        pass
    assert mpl.rcParams["figure.hooks"].count("cellspeak.agents.figures:note") == 1


def test_a_figure_that_cannot_be_drawn_costs_only_its_picture(plt: Any) -> None:
    figure = plt.figure()
    figure.savefig = None
    assert shown(figure).value == repr(figure)
    assert "image/png" not in shown(figure).mime


def test_a_large_picture_becomes_a_blob_of_its_own_bytes() -> None:
    content = bytes(range(256)) * 200
    encoded = base64.b64encode(content).decode()
    kept, blobs = split_result({"mime": {"image/png": encoded}}, 32 * 1024)
    blob = kept["mime"]["image/png"]
    assert blobs[blob["blob"]] == content
    assert (blob["mime"], blob["size"], blob["name"]) == ("image/png", len(content), "picture.png")
    broken, _ = split_result({"mime": {"image/png": "é" * 40_000}}, 32 * 1024)
    assert broken["mime"]["image/png"]["size"] == 80_000
