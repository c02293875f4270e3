"""The agent behind `model="scripted:demo"`: what a session can do, without a key or a network.

Its one law: the reply depends on nothing but the conversation.  The first pattern of `ABILITIES`
that is found in the prompt decides what is played; what it plays is in `abilities.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeAlias

from cellspeak.core.markdown import code_span, shortened

from . import abilities
from .arithmetic import find_expression
from .base import AgentRuntime, TurnRequest
from .read_back import files, read_files
from .scripted import Await, Say, ScriptedAgent, Step

__all__ = ["ABILITIES", "Ability", "demo_agent"]

Ability: TypeAlias = Callable[[re.Match[str], TurnRequest], Iterable[Step]]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.VERBOSE)


_PLEASE = r"(?:^\W*|\b(?:please|now|and|then|can\ you|could\ you)\s+)"

ABILITIES: tuple[tuple[re.Pattern[str], Ability], ...] = (
    (_pattern(r"\b(?:delete|remove|erase)\s+(?P<what>\S.*)"), abilities.delete),
    (_pattern(r"\b(?:what(?:['’]s|\s+is|\s+was)\s+my\s+name|who\s+am\s+i)\b"), abilities.recall),
    (_pattern(abilities.TELLS_NAME), abilities.greet),
    (
        _pattern(
            r"""\bwrite\b \D{0,40} (?P<number>\d[\d,]*) \s* (?P<thousands>k\b)? \s* words?\b
            (?: .*? \b(?:about|on|of)\s+ (?P<topic>.+) )?"""
        ),
        abilities.write_words,
    ),
    (_pattern(_PLEASE + r"write\b .*? \babout\s+ (?P<topic>.+)"), abilities.write_words),
    (
        _pattern(
            r"""\bwork\b .{0,40}? \bfor\s+ (?P<number>\d{1,9}(?:\.\d{1,6})?|an?|one)
            \s* (?P<unit>m(?:in(?:ute)?s?)?\b|h(?:ours?)?\b)?"""
        ),
        abilities.work,
    ),
    (
        _pattern(r"(?:" + _PLEASE + r"think\b|\bthink\s+(?:aloud\s+)?about\b) (?P<topic>.*)"),
        abilities.think,
    ),
    (
        _pattern(r"\b(?:search(?:\s+the\s+web)?\s+for|look\s+up)\s+(?P<query>\S.*)"),
        abilities.search,
    ),
    (_pattern(r"\b(?:sign|log)(?:\s+me)?[\s-]?in\b(?!\s+(?:the|a|my)\b)"), abilities.sign_in),
    (_pattern(_PLEASE + r"fail\b"), abilities.fail),
)
"""What is looked for in a prompt, and what it starts; the first that fits is played."""


def demo_agent(
    *,
    name: str = "demo",
    instructions: str = "",
    pace: float = 0.012,
    suggested: Callable[[], str | None] = lambda: None,
) -> AgentRuntime:
    """Return the scripted demo agent.

    Args:
        name: what it calls itself.
        instructions: shown in its help; a script cannot follow them.
        pace: seconds between two words, ≥ 0; tests use 0.
        suggested: returns a model that could answer here, such as `openai:gpt-5-mini`, or None.
    """
    return ScriptedAgent(partial(_script, name, instructions, suggested), pace=pace)


def _script(
    name: str, instructions: str, suggested: Callable[[], str | None], request: TurnRequest
) -> Iterator[Step]:
    if request.turn.after is None:
        yield Say(_introduction(name, suggested()))
    yield from _answer(instructions, request)


def _answer(instructions: str, request: TurnRequest) -> Iterable[Step]:
    prompt = abilities.read_prompt(request.turn)
    if files(request.turn):
        return [Await(read_files)]
    for pattern, ability in ABILITIES:
        match = pattern.search(prompt)
        if match:
            return ability(match, request)
    expression = find_expression(prompt)
    return abilities.calculate(expression) if expression else _help(prompt, instructions)


def _introduction(name: str, model: str | None) -> str:
    who = (
        f"I am {code_span(shortened(name, 40)) or 'an agent'}, **a scripted demo and no language"
        " model**: no key, no network, the same answer every time."
    )
    if model is not None:
        return f"{who} There is a key for a real one here: run `%chat --model {model} Hello`.\n\n"
    return (
        f"{who} To talk with a real one, run"
        ' `Agent("mine", model="openai:gpt-5-mini")` and `%chat --agent mine`; it needs'
        " `pip install 'cellspeak[openai]'` and a key, or the `base_url` of a server of yours.\n\n"
    )


def _help(prompt: str, instructions: str) -> Iterator[Step]:
    quoted = code_span(shortened(" ".join(prompt[:400].split()), 80))
    yield Say(f"You said: {quoted}\n\n" if quoted else "You said nothing.\n\n")
    yield Say(_HELP)
    told = code_span(shortened(" ".join(instructions[:1000].split()), 200))
    if told:
        yield Say(f"\nMy instructions are {told}; a script cannot follow them.\n")


_HELP = """\
I follow a script, and it has no answer to that. It can show you this:

| say | and see |
|---|---|
| *My name is Alice*, then *What is my name?* | a conversation that remembers |
| *What is 12 \\* 12?* | a tool that runs by itself |
| *Delete the file report.txt* | a tool that waits for your approval |
| *Think about tides* | thinking, shown and folded |
| *Write 500 words about tea* | headings, lists, tables, code and math |
| *Work for 10 seconds* | progress, and time to press **Stop** |
| *Search for lighthouses* | search results |
| *Sign in* | a request to sign in |
| *Fail* | a turn that fails |

Attach a text file, and I read it back to you.
"""
