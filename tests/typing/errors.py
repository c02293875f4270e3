"""Code as users write it about errors: checked by mypy and pyright, never run."""

from typing import assert_type

from cellspeak.errors import ApprovalError, CellspeakError, SessionError


def one_clause_catches_everything(error: ApprovalError) -> SessionError:
    try:
        raise error
    except CellspeakError as caught:
        assert_type(caught.code, str)
    return error
