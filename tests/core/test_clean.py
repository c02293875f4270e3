"""Somebody's HTML: what is kept of it, and that nothing of it runs, styles or loads."""

from __future__ import annotations

import pytest

from cellspeak.core.clean import clean_html
from tests.hostile import PAYLOADS, assert_inert, text_of

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize("around", ["{}", "<b>{}", "<td title={}>", "<a href='{}'>x", "<p {}>"])
def test_nothing_of_it_runs_or_loads(around: str) -> None:
    for payload in PAYLOADS:
        assert_inert(clean_html(around.format(payload)))


def test_a_table_of_a_library_keeps_its_cells_and_loses_its_style() -> None:
    html = clean_html(
        '<style scoped>.x{}</style><table border="1" class="dataframe" onclick="x()">'
        '<tr style="color:red"><th colspan="2" rowspan="x">a</th><td>1 &lt; 2</td></tr></table>'
    )
    assert html == '<table><tr><th colspan="2">a</th><td>1 &lt; 2</td></tr></table>'


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("<p>a<br/>b<hr>", "<p>a<br>b<hr></p>"),
        ("<b><i>x</b>y</i>", "<strong><em>x</em></strong>y"),
        ("</p>x", "x"),
        ("<font color=red>red</font><blink>!</blink>", "red!"),
        ("<script>a<b>c</b></script>d", "d"),
        ("<select><option>a<option>b</select>c", "c"),
        ("<svg><style>x</svg></style>y</svg>z", "z"),
        ("a<template>b", "a"),
        ('<a href="https://a.example/?x=1&amp;y">go</a>', ">go</a>"),
        ('<a href="javascript:x">go</a>', "<a>go</a>"),
        ('<a name="top">go</a>', "<a>go</a>"),
        ("<img src=https://a.example/p.png>", "[picture]"),
        ("<img src=data:image/svg+xml;base64,AAAA>", "[picture]"),
        (f"<img src={PIXEL} onerror=x>", f'<img src="{PIXEL}" alt="">'),
        ("<td colspan=0 rowspan=2000>", "<td></td>"),
    ],
)
def test_each_tag_comes_out_anew_or_leaves_its_text(source: str, kept: str) -> None:
    html = clean_html(source)
    assert_inert(html)
    assert html.endswith(kept)


def test_a_heap_of_tags_is_cut_and_its_text_stays() -> None:
    html = clean_html("<div>" * 10_000 + "deep")
    assert html.count("<div>") == html.count("</div>") == 100
    assert text_of(html) == "deep"
