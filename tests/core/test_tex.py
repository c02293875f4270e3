"""Formulas in transcripts: readable TeX, letter by letter, whatever its signs mean in markdown."""

import time

import pytest

from cellspeak.core.html import markdown_to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("so $x_1 * y_2$ *is*", "<p>so $x_1 * y_2$ <em>is</em></p>\n"),
        (r"\(a_1 *b* c_2\)", r"<p>\(a_1 *b* c_2\)</p>" + "\n"),
        (r"and \[a\] in a line", r"<p>and \[a\] in a line</p>" + "\n"),
        ("$$\nx\n+ 1\n- 2\n$$", "<p>$$\nx\n+ 1\n- 2\n$$</p>\n"),
        ("text\n$$\na *b* c\n$$\ntext", "<p>text</p>\n<p>$$\na *b* c\n$$</p>\n<p>text</p>\n"),
        ("$a < b$", "<p>$a &lt; b$</p>\n"),
        ("$5 and *6$", "<p>$5 and *6$</p>\n"),
        ("$20 for *you* and 10$ for me", "<p>$20 for <em>you</em> and 10$ for me</p>\n"),
        ("$ *a* $", "<p>$ <em>a</em> $</p>\n"),
        ("`$a$`", "<p><code>$a$</code></p>\n"),
        (r"\[not a link](/x) \(or", "<p>[not a link](/x) (or</p>\n"),
        (
            "[a $x_1$ b](javascript:x)",
            "<p><span>a $x_1$ b</span> (<code>javascript:x</code>)</p>\n",
        ),
        ("    $$x$$", "<pre><code>$$x$$\n</code></pre>\n"),
        ("$$\na\n$$ is *it*", "<p>$$\na\n$$ is <em>it</em></p>\n"),
        ("- $$\n$$", "<ul>\n<li>$$\n$$</li>\n</ul>\n"),
        ("$x and $", "<p>$x and $</p>\n"),
        ("$$\n- a\n\n$$", "<p>$$</p>\n<ul>\n<li>a</li>\n</ul>\n<p>$$</p>\n"),
    ],
)
def test_a_formula_is_left_as_it_was_written(text: str, html: str) -> None:
    assert markdown_to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        r"$\href{javascript:alert(1)}{x}$",
        "$$\n\\href{https://evil.example}{x}\n$$",
        r"\(<img src=x onerror=alert(1)>\)",
        "$$<script>alert(1)</script>$$",
    ],
)
def test_hostile_tex_stays_text(text: str) -> None:
    made = markdown_to_html(text)

    assert "<script" not in made
    assert "<img" not in made
    assert r"\href" not in made


@pytest.mark.parametrize(
    "unit", ["\\(", "\\[", "\\[\n", "\\[ a\n", "$$ a\n\n", "$a", "$$a ", "\\(\\["]
)
def test_a_heap_of_formulas_that_never_end_is_read_in_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        began = time.process_time()
        markdown_to_html(text)
        return time.process_time() - began

    def shortest(length: int) -> float:
        """What the text needs, whatever else the machine and the collector do."""
        return min(seconds(length) for _ in range(3))

    assert shortest(48_000) < 48 * shortest(4_000) + 0.2  # 12 times the text


def test_what_is_escaped_closes_no_formula() -> None:
    assert "<em>" not in markdown_to_html(r"\(a *b* \\\)")
    assert "<em>" in markdown_to_html(r"\(a *b* \\)")
