"""Files for models: what goes as it is, what goes as text, and what is said where it cannot go."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from pydantic_ai.messages import BinaryContent, ModelMessage, UserPromptPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.profiles import ModelProfile

from cellspeak.agents.model import ModelAgent
from cellspeak.core.events import Data
from cellspeak.errors import ValidationError
from tests.agents.driver import Talk

BLIND: ModelProfile = {"supports_image_input": False, "supports_audio_file_input": False}


def file(name: str, mime: str, content: bytes = b"\x89PNG") -> Data:
    return {"name": name, "mime": mime, "data": base64.b64encode(content).decode()}


def talk(profile: ModelProfile | None = None) -> tuple[Talk, list[list[Any]]]:
    """A talk with a model, and the prompts that it was told, by their pieces."""
    told: list[list[Any]] = []

    async def stream(messages: list[ModelMessage], _info: AgentInfo) -> Any:
        parts = [p for m in messages for p in m.parts if isinstance(p, UserPromptPart)]
        told.append(
            [
                piece
                for p in parts
                for piece in ([p.content] if isinstance(p.content, str) else p.content)
            ]
        )
        yield "Seen."

    return Talk(ModelAgent(FunctionModel(stream_function=stream, profile=profile))), told


@pytest.mark.parametrize("mime", ["image/png", "audio/wav", "application/pdf"])
async def test_what_a_model_takes_goes_as_it_is(mime: str) -> None:
    here, told = talk()
    await here.post("Look", file("f", mime))
    prompt, content = told[0]
    assert prompt == "Look"
    assert isinstance(content, BinaryContent)
    assert (content.data, content.media_type) == (b"\x89PNG", mime)


@pytest.mark.parametrize(("mime", "kind"), [("image/png", "pictures"), ("audio/mpeg", "sound")])
async def test_what_it_does_not_take_is_said_before_it_is_asked(mime: str, kind: str) -> None:
    here, told = talk(BLIND)
    with pytest.raises(ValidationError, match=f'takes no {kind}; send "f" to a model that does'):
        await here.post("Look", file("f", mime))
    assert told == []


@pytest.mark.parametrize("mime", ["image/png", "application/zip"])
async def test_a_refused_file_does_not_spoil_the_turns_after_it(mime: str) -> None:
    here, told = talk(BLIND)
    with pytest.raises(ValidationError):
        await here.post("Look", file("f", mime, b"PK\0\1\xff"))
    await here.post("Well, without it")
    assert told == [["Look", '["f" is not shown here]', "Well, without it"]]


@pytest.mark.parametrize("content", ["ä,b\n1,2".encode(), "ä,b\n1,2".encode("latin-1")])
async def test_text_is_read_whatever_its_encoding(content: bytes) -> None:
    here, told = talk()
    await here.post("Read", file("a.csv", "text/csv", content))
    assert told[0][1] == 'The file "a.csv":\nä,b\n1,2'


async def test_what_is_neither_text_nor_known_is_not_sent_as_noise() -> None:
    here, told = talk()
    with pytest.raises(ValidationError, match=r'"a.zip" is none of them \(application/zip\)'):
        await here.post("Read", file("a.zip", "application/zip", b"PK\0\1\xff"))
    assert told == []
