"""The ladder: who answers an approval while a cell waits."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from cellspeak import Agent, Session, local, thread
from cellspeak.agents.scripted import Ask, AskAll, Call, Say, ScriptedAgent, SignIn, Step
from cellspeak.core.conversation import Approval, Turn
from cellspeak.notebook import attend, prompting
from cellspeak.notebook.attend import Attendance, LeftWaiting
from cellspeak.notebook.feed import Feed
from cellspeak.waiting import set_attendant

DELETE = Call("delete_file", {"path": "report.txt"}, result="gone")
GATED: list[Step] = [Ask(DELETE, then=[Say("Done.")], denied=[Say("Then not.")])]


@dataclass
class View:
    """Stands for a feed: says how long its views are silent, one number per look."""

    silences: list[float] = field(default_factory=lambda: [math.inf])
    looked: Callable[[], object] = lambda: None

    @property
    def silence(self) -> float:
        self.looked()
        return self.silences.pop(0) if len(self.silences) > 1 else self.silences[0]


@dataclass
class Ladder:
    """A session whose approvals are attended; what was asked at the prompt is kept."""

    session: Session
    prompts: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=lambda: ["y"])

    def ask(self, view: View | None = None, **options: Any) -> Turn:
        set_attendant(Attendance(feed_of=lambda _: cast("Feed | None", view)))
        return self.session.ask("go", **options).turn

    def answer(self, approved: bool) -> None:
        """Answer as a click does."""
        (approval,) = self.pending()
        thread.run(self.session.respond_approval(approval.request_id, approved=approved))

    def pending(self) -> tuple[Any, ...]:
        turn = thread.run(self.session.conversation()).open_turn
        return turn.pending if turn else ()


def by(turn: Turn) -> list[Any]:
    return [(a.resolution or {}).get("by") for a in turn.approvals.values()]


def made(script: list[Step]) -> Ladder:
    agent = Agent("attended", runtime=ScriptedAgent(script))
    return Ladder(thread.run(agent.create_session()))


@pytest.fixture(autouse=True)
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This process as a kernel of its own: a store in memory, nobody at a prompt."""
    monkeypatch.setenv("CELLSPEAK_STORE", "memory")
    monkeypatch.setattr(attend, "HELLO", 0.2)
    can_ask(monkeypatch, False)
    monkeypatch.setattr(attend, "_terminal", lambda: False)
    yield
    set_attendant(None)
    thread.run(local._close())


def can_ask(monkeypatch: pytest.MonkeyPatch, yes: bool) -> None:
    monkeypatch.setattr(attend, "front_end_can_ask", lambda: yes)


@pytest.fixture
def ladder(monkeypatch: pytest.MonkeyPatch) -> Ladder:
    ladder = made(GATED)
    at_prompt(ladder, monkeypatch)
    return ladder


def at_prompt(ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(prompt: str) -> str:
        ladder.prompts.append(prompt)
        return ladder.replies.pop(0)

    monkeypatch.setattr(builtins, "input", ask)


def test_a_view_that_is_there_answers(ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    can_ask(monkeypatch, True)
    view = View([0.0])
    view.looked = lambda: ladder.answer(True) if ladder.pending() else None
    turn = ladder.ask(view)
    assert by(turn) == [{"kind": "user"}]
    assert (turn.text, ladder.prompts) == ("Done.", [])


def test_a_view_that_comes_in_time_answers(ladder: Ladder, monkeypatch: pytest.MonkeyPatch) -> None:
    can_ask(monkeypatch, True)
    view = View([math.inf, math.inf, 0.0])
    view.looked = lambda: (
        ladder.answer(False) if len(view.silences) == 1 and ladder.pending() else None
    )
    turn = ladder.ask(view)
    assert (turn.text, ladder.prompts) == ("Then not.", [])


def test_no_hello_in_time_is_asked_at_the_prompt(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)
    turn = ladder.ask(View())
    assert (turn.text, len(ladder.prompts)) == ("Done.", 1)
    assert by(turn) == [{"kind": "user", "name": "prompt"}]


def test_without_any_view_the_prompt_comes_at_once(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)
    monkeypatch.setattr(attend, "HELLO", 1000)
    assert ladder.ask(None).text == "Done."


@pytest.mark.parametrize(
    ("typed", "approved", "reason"),
    [
        ("y", True, None),
        ("YES", True, None),
        ("n", False, None),
        ("", False, None),
        ("n it is mine", False, "it is mine"),
        ("never ever", False, "ever ever"),
        ("what?", False, "what?"),
    ],
)
def test_only_yes_approves(
    ladder: Ladder,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    approved: bool,
    reason: str | None,
) -> None:
    monkeypatch.setattr(attend, "_terminal", lambda: True)
    ladder.replies = [typed]
    (approval,) = ladder.ask(None).approvals.values()
    assert approval.resolution is not None
    assert approval.resolution["approved"] is approved
    assert approval.resolution.get("deny_reason") == reason


def test_the_prompt_shows_all_and_nothing_that_could_rewrite_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile = {"path": "\x1b[2Ja\nb\r\u202e", "more": "x" * 5000}
    ladder = made([Ask(Call("rm\x1b[1A", hostile, result=1))])
    at_prompt(ladder, monkeypatch)
    can_ask(monkeypatch, True)
    ladder.ask(None)
    (prompt,) = ladder.prompts
    assert "\x1b" not in prompt
    assert "\u202e" not in prompt
    assert "\\u001b[2Ja\\nb\\r" in prompt
    assert "characters)" in prompt
    assert len(prompt) < 2400


SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}


@pytest.mark.parametrize(
    ("typed", "args", "grants"),
    [
        (["t"], {"path": "report.txt"}, ({"tool_name": "delete_file"},)),
        (["s"], {"path": "report.txt"}, ({"tool_name": "delete_file", "args": DELETE.args},)),
        (["e", '{"path": "b.txt"}', "y"], {"path": "b.txt"}, ()),
        (["e", "no json", '["b"]', '{"path": 5}', '{"path": "b"}', "y"], {"path": "b"}, ()),
        (["e", "", "y"], {"path": "report.txt"}, ()),
    ],
)
def test_the_prompt_offers_what_a_card_offers(
    monkeypatch: pytest.MonkeyPatch,
    typed: list[str],
    args: dict[str, str],
    grants: tuple[dict[str, object], ...],
) -> None:
    ladder = made([Ask(DELETE, args_schema=SCHEMA)])
    at_prompt(ladder, monkeypatch)
    monkeypatch.setattr(attend, "_terminal", lambda: True)
    ladder.replies = list(typed)
    turn = ladder.ask(None)
    assert [c.args for c in turn.tool_calls.values()] == [args]
    assert thread.run(ladder.session.conversation()).grants == grants
    assert ladder.replies == []


def test_the_prompt_says_what_is_wrong_with_edited_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ladder = made([Ask(DELETE, args_schema=SCHEMA)])
    at_prompt(ladder, monkeypatch)
    monkeypatch.setattr(attend, "_terminal", lambda: True)
    ladder.replies = ["e", "x", '{"path": 5}', "", "n"]
    ladder.ask(None)
    assert "That is no JSON" in ladder.prompts[2]
    assert "expected path to be a text; got 5" in ladder.prompts[3]


def test_what_always_asks_is_not_offered_for_always_and_an_unknown_letter_denies(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request = {"tool_call_id": "c", "tool_name": "pay", "args": {}, "always": True}
    approval = Approval(request_id="r", request=request)
    prompts: list[str] = []

    def typed(prompt: str) -> str:
        prompts.append(prompt)
        return "t"

    monkeypatch.setattr(builtins, "input", typed)
    decision = prompting.ask(approval)
    assert (decision.approved, decision.remember) == (False, None)
    assert "always" not in prompts[0]


def test_several_questions_are_asked_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    both = AskAll([Ask(DELETE), Ask(Call("send_mail", {}, result="sent"))])
    ladder = made([both, SignIn("https://a.example", "why", then=[Say("In.")])])
    at_prompt(ladder, monkeypatch)
    can_ask(monkeypatch, True)
    ladder.replies = ["y", "n", "y"]
    turn = ladder.ask(None)
    assert [c.status for c in turn.tool_calls.values()] == ["done", "denied"]
    assert (turn.text, len(ladder.prompts)) == ("In.", 3)


@pytest.mark.parametrize(("policy", "said"), [("deny", "Then not."), ("allow", "Done.")])
@pytest.mark.parametrize("view", [None, View()])
def test_nobody_there_is_decided_by_the_policy_at_once(
    ladder: Ladder,
    monkeypatch: pytest.MonkeyPatch,
    policy: str,
    said: str,
    view: View | None,
) -> None:
    monkeypatch.setattr(attend, "HELLO", 1000)
    monkeypatch.setattr(attend, "unattended_policy", lambda: policy)
    turn = ladder.ask(view)
    assert turn.text == said
    assert by(turn) == [{"kind": "policy", "name": "on_unattended"}]


@pytest.mark.parametrize(("policy", "said"), [("deny", "Then not."), ("allow", "Done.")])
def test_nobody_is_asked_what_a_policy_answers(ladder: Ladder, policy: str, said: str) -> None:
    for _ in range(20):
        turn = ladder.ask(None, on_approval=policy)
        assert by(turn) == [{"kind": "policy", "name": "on_approval"}]
        assert turn.text == said


def test_nobody_is_asked_what_was_granted_before(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)
    view = View([0.0])

    def remember() -> None:
        for approval in ladder.pending():
            answer = ladder.session.respond_approval(
                approval.request_id, approved=True, remember="tool"
            )
            thread.run(answer)

    view.looked = remember
    ladder.ask(view)
    for _ in range(20):
        assert by(ladder.ask(None)) == [{"kind": "policy", "name": "remembered"}]
    assert ladder.prompts == []


def test_a_lost_view_ends_the_wait_and_leaves_the_turn_waiting(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)
    with pytest.raises(LeftWaiting, match=f"%chat resume {ladder.session.session_id}"):
        ladder.ask(View([0.0, 0.0, 61.0]))
    assert len(ladder.pending()) == 1
    ladder.answer(True)


def test_an_answer_from_elsewhere_in_the_meantime_is_fine(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)

    def slow(_prompt: str) -> str:
        ladder.answer(False)
        return "y"

    monkeypatch.setattr(builtins, "input", slow)
    assert ladder.ask(None).text == "Then not."


def test_an_interrupt_at_the_prompt_stops_the_turn(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    can_ask(monkeypatch, True)

    def interrupted(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(builtins, "input", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ladder.ask(None)
    (turn,) = thread.run(ladder.session.conversation()).path
    assert turn.status == "cancelled"


@dataclass
class Waited(View):
    """A view in a page that is drawn when all cells have run, below a cell that waits for it."""

    cell_waits: bool = True


def test_in_voila_the_cell_returns_and_the_turn_waits_for_the_page(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.12")
    with pytest.raises(LeftWaiting, match="left to wait for an answer"):
        ladder.ask(Waited())
    assert len(ladder.pending()) == 1
    ladder.answer(True)


def test_in_voila_what_code_asks_is_decided_by_the_policy(
    ladder: Ladder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.12")
    assert ladder.ask(Waited(cell_waits=False)).text == "Then not."
