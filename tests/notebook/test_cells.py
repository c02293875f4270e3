"""Running a cell again asks its turn again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from cellspeak import Agent, Session, local, thread
from cellspeak.agents.scripted import Say, ScriptedAgent
from cellspeak.notebook.cells import Again, Cells, current_cell

Ask = Callable[..., str]


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session in this process, in memory."""
    monkeypatch.setenv("CELLSPEAK_STORE", "memory")
    agent = Agent("cells", runtime=ScriptedAgent([Say("Yes.")]))
    yield thread.run(agent.create_session())
    thread.run(local._close())


@pytest.fixture
def cells() -> Cells:
    return Cells()


@pytest.fixture
def run(session: Session, cells: Cells) -> Ask:
    """Run a cell as the magic does; returns the turn's id."""

    def run(cell: str | None) -> str:
        again = cells.again(cell, session)
        reply = session.ask("go", after_turn=again.after_turn, root=again.root)
        cells.remember(cell, reply.turn.id)
        return reply.turn.id

    return run


def path(session: Session) -> list[str]:
    return [t.id for t in thread.run(session.conversation()).path]


def test_a_cell_that_never_ran_adds_a_turn(session: Session, cells: Cells, run: Ask) -> None:
    first, second = run("a"), run("b")
    assert path(session) == [first, second]
    assert cells.again("c", session) == Again()


def test_the_newest_turns_cell_asks_again_as_a_branch(
    session: Session, cells: Cells, run: Ask
) -> None:
    first, second = run("a"), run("b")
    assert "kept as a branch" in cells.again("b", session).note
    again = run("b")
    assert path(session) == [first, again]
    assert second in thread.run(session.conversation()).turns


def test_the_very_first_turn_can_be_asked_again(session: Session, run: Ask) -> None:
    first = run("a")
    again = run("a")
    assert path(session) == [again] != [first]


def test_an_older_cell_adds_a_turn_and_says_so(session: Session, cells: Cells, run: Ask) -> None:
    first, second = run("a"), run("b")
    assert "asked again at the end" in cells.again("a", session).note
    third = run("a")
    assert path(session) == [first, second, third]


def test_a_turn_of_another_session_is_no_reason(session: Session, cells: Cells) -> None:
    cells.remember("a", "elsewhere.1")
    assert cells.again("a", session) == Again()


def test_without_a_cell_id_every_run_adds_a_turn(session: Session, run: Ask) -> None:
    first, second = run(None), run(None)
    assert path(session) == [first, second]


@pytest.mark.parametrize(
    ("parent", "cell"),
    [
        ({"metadata": {"cellId": "abc"}}, "abc"),
        ({"metadata": {"cellId": 7}}, None),
        ({"metadata": {}}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_front_end_tells_which_cell_runs(parent: object, cell: str | None) -> None:
    assert current_cell(SimpleNamespace(get_parent=lambda: parent)) == cell


def test_a_terminal_has_no_cells() -> None:
    assert current_cell(SimpleNamespace()) is None
