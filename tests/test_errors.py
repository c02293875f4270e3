"""The tree of errors, and its way through JSON."""

from __future__ import annotations

import pytest

from cellspeak import errors
from cellspeak.errors import (
    ActionRequiredError,
    ApprovalError,
    CellspeakError,
    SessionDisconnectedError,
    SessionError,
    SessionNotFoundError,
    TurnFailedError,
    from_json,
    to_json,
)

CLASSES = [getattr(errors, n) for n in errors.__all__ if n.endswith("Error")]


def made(cls: type[CellspeakError]) -> CellspeakError:
    if cls is ActionRequiredError:
        return ActionRequiredError("sentence", session_id="s")
    if cls is ApprovalError:
        return ApprovalError("sentence", problem="expired", session_id="s")
    if cls is SessionDisconnectedError:
        return SessionDisconnectedError("sentence", session_id="s", seq=7)
    if cls is TurnFailedError:
        return TurnFailedError("sentence", turn_id="s.1")
    return cls("sentence")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda c: c.__name__)
def test_an_error_comes_back_from_json_as_it_was(cls: type[CellspeakError]) -> None:
    error = made(cls)
    again = from_json(to_json(error))
    assert type(again) is cls
    assert (str(again), vars(again)) == (str(error), vars(error))


def test_every_class_has_a_code_of_its_own_and_a_docstring() -> None:
    assert len({c.code for c in CLASSES}) == len(CLASSES) == 17
    assert all(c.__doc__ for c in CLASSES)


def test_one_clause_catches_everything_and_one_all_of_a_session() -> None:
    assert all(issubclass(c, CellspeakError) for c in CLASSES)
    assert {c for c in CLASSES if issubclass(c, SessionError)} == {
        SessionError,
        SessionDisconnectedError,
        SessionNotFoundError,
        ApprovalError,
    }


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"code": "newer", "message": "m"},
        {"code": "approval", "message": "m", "problem": "newer"},
        {"code": "turn_failed", "message": "m", "colour": "red"},
        {"code": "action_required", "message": "m"},
        {"code": 7, "message": None},
        {"code": [], "message": "m"},
    ],
)
def test_an_error_of_a_newer_version_is_an_error_all_the_same(raw: dict[str, object]) -> None:
    error = from_json(raw)
    assert isinstance(error, CellspeakError)
    assert str(error) in ("m", "", "None")


def test_the_tree_in_the_docstring_names_every_class() -> None:
    tree = str(errors.__doc__)
    assert [c.__name__ for c in CLASSES if c.__name__ not in tree] == []
