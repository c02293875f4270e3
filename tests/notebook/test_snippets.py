"""Code that a person wants in a cell: kept, numbered, and opened below a cell that ends."""

import pytest
from IPython.core.payload import PayloadManager

from cellspeak.errors import NotFoundError, ValidationError
from cellspeak.notebook import snippets
from cellspeak.notebook.line import subcommand
from cellspeak.notebook.snippets import keep_snippet, put_below, snippet


class Shell:
    """What the code is handed to."""

    def __init__(self) -> None:
        self.cells: list[tuple[str, bool]] = []
        self.payload_manager = PayloadManager()

    def set_next_input(self, text: str, replace: bool = False) -> None:
        self.cells.append((text, replace))


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snippets, "_kept", {})
    monkeypatch.setattr(snippets, "_due", [])
    monkeypatch.setattr(snippets, "_count", 0)


def test_what_was_marked_while_a_cell_waits_goes_below_it_once() -> None:
    shell = Shell()
    assert [keep_snippet("a = 1\n", waits=True), keep_snippet("b = 2", waits=True)] == [1, 2]

    put_below(shell)
    put_below(shell)

    assert shell.cells == [("a = 1\n\nb = 2", False)]


def test_what_was_marked_later_waits_for_its_line() -> None:
    shell = Shell()
    keep_snippet("a = 1", waits=False)
    keep_snippet("b = 2", waits=False)

    put_below(shell)
    put_below(shell, snippet(1))
    put_below(shell, snippet(None))

    assert shell.cells == [("a = 1", False), ("b = 2", False)]


def test_a_plain_python_has_no_cells() -> None:
    keep_snippet("a", waits=True)

    put_below(None)


@pytest.mark.parametrize("text", ["", "  \n", None, 7, ["a"], "x" * 300_000])
def test_only_code_is_kept(text: object) -> None:
    with pytest.raises(ValidationError, match="expected some code"):
        keep_snippet(text, waits=True)


def test_a_number_that_is_none_names_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="press Insert"):
        snippet(None)
    for n in range(120):
        keep_snippet(f"x = {n}", waits=False)
    with pytest.raises(NotFoundError, match="from 22 to 120; got 3"):
        snippet(3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("insert", ("insert", "")),
        ("insert 3", ("insert", "3")),
        ("insert a row", None),
        ("insert 3 rows", None),
    ],
)
def test_the_line_is_a_subcommand_only_in_its_form(
    text: str, found: tuple[str, str] | None
) -> None:
    assert subcommand(text) == found
