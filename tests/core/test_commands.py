from dataclasses import FrozenInstanceError, fields, replace

import pytest

from cellspeak.core.codec import decode_command, encode_command
from cellspeak.core.commands import (
    COMMANDS,
    Cancel,
    Command,
    Create,
    Post,
    Receipt,
    Respond,
    SetHead,
    Terminate,
)
from cellspeak.errors import ProtocolError

LEAST: list[Command] = [
    Create(agent={"name": "Ada"}, client_id="c"),
    Post(session_id="s", client_id="c", messages=({"content": "Hi"},)),
    Respond(session_id="s", client_id="c", request_id="r", approved=False),
    Cancel(session_id="s", client_id="c"),
    SetHead(session_id="s", client_id="c", turn_id="s.1"),
    Terminate(session_id="s", client_id="c"),
]


def word(command: Command) -> str:
    return str(encode_command(command)["type"])


def test_each_command_has_its_word() -> None:
    assert {w: type(c) for w, c in zip(map(word, LEAST), LEAST, strict=True)} == COMMANDS


@pytest.mark.parametrize("command", LEAST, ids=word)
def test_a_command_comes_back_from_its_json_form(command: Command) -> None:
    assert decode_command(encode_command(command)) == command


@pytest.mark.parametrize("command", LEAST, ids=word)
def test_a_command_without_a_needed_field_is_refused_by_its_name(command: Command) -> None:
    raw = encode_command(command)
    defaults = {k for k, v in raw.items() if k == "type" or not needed(command, k, v)}
    for name in raw.keys() - defaults:
        without = {k: v for k, v in raw.items() if k != name}
        with pytest.raises(ProtocolError, match=f"'{name}'"):
            decode_command(without)


def needed(command: Command, name: str, _value: object) -> bool:
    """Tell whether *command* cannot be made without *name*."""
    values = {f.name: getattr(command, f.name) for f in fields(command) if f.name != name}
    try:
        type(command)(**values)
    except TypeError:
        return True
    return False


@pytest.mark.parametrize("command", LEAST, ids=word)
def test_a_field_of_a_wrong_kind_is_refused_by_its_name(command: Command) -> None:
    raw = encode_command(command)
    for name in raw.keys() - {"type"}:
        with pytest.raises(ProtocolError, match=name):
            decode_command({**raw, name: 5})


def test_a_refusal_says_what_came_but_not_all_of_it() -> None:
    raw = {**encode_command(LEAST[5]), "reason": ["x" * 5_000]}
    with pytest.raises(ProtocolError, match="a string") as caught:
        decode_command(raw)
    assert len(str(caught.value)) < 200


def test_commands_and_receipts_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        LEAST[3].client_id = "x"  # type: ignore[misc]  # that is the point
    receipt = Receipt(session_id="s", seq=3, turn_id="s.1")
    assert replace(receipt, repeated=True) != receipt
