"""`%chat` and `%%chat`: talk with an agent from a cell.

%chat TEXT                 ask in one line
%chat                      show the whole chat, with a composer
%%chat [OPTIONS]           ask what the cell says; the reply streams below it
reply = %chat TEXT         ask, and keep the reply: .text, .turn

A prompt is just text: braces, quotes and apostrophes mean nothing, nothing is filled in.
"""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Any

import traitlets
from IPython.core.magic import (
    Magics,
    line_cell_magic,
    line_magic,
    magics_class,
    no_var_expand,
)

from cellspeak.config import load_config
from cellspeak.context import Variables, attached
from cellspeak.core.conversation import Turn
from cellspeak.errors import CellspeakError, ValidationError
from cellspeak.history import Reply

from . import subcommands
from .addressed import addressed
from .asking import ask_in_cell, has_views, say_unattended
from .cells import Cells, current_cell
from .complete import complete_chat, match_agents
from .current import Current
from .fix import PROMPT, last_failure
from .folder import agent_names, model_agent, set_image_hosts, set_unattended_policy
from .line import OPTIONS, SUBCOMMANDS, Line, parse, subcommand
from .lines import ChatError, ChatInterrupt
from .rewrite import is_assigned, keep_prompts
from .widget import chat_of, prepare

__all__ = ["ChatMagics", "load", "unload"]


@magics_class
class ChatMagics(Magics):
    """`%chat` and `%%chat`.  Settings: `%config ChatMagics`, or `cellspeak.yaml` in the folder."""

    # Empty is not the same as the default's word: the folder's file may say another.
    agent = traitlets.Unicode(
        help="Name of the agent that answers; empty: cellspeak.yaml's, else the demo."
    ).tag(config=True)
    server = traitlets.Unicode(
        help="Address of the cellspeak server that has the sessions; its key is CELLSPEAK_API_KEY; "
        "empty: cellspeak.yaml's, else CELLSPEAK_BASE_URL, else this kernel has them."
    ).tag(config=True)
    on_approval = traitlets.Enum(
        ("", "ask", "deny", "allow"),
        "",
        help="What happens when a tool needs approval; empty: as cellspeak.yaml says, else ask.",
    ).tag(config=True)
    on_unattended = traitlets.Enum(
        ("", "deny", "allow"),
        "",
        help="What happens to an approval when nobody can be asked; "
        "empty: as cellspeak.yaml says, else deny.",
    ).tag(config=True)
    image_hosts = traitlets.List(
        traitlets.Unicode(),
        help="Hosts whose pictures new chats fetch by themselves, such as *.example.org; "
        "empty: as cellspeak.yaml says, else none.",
    ).tag(config=True)
    on_error = traitlets.Enum(
        ("raise", "show"),
        "raise",
        help="What a failed turn does: raise stops Run All, show leaves it at the card.",
    ).tag(config=True)
    wait = traitlets.Bool(
        default_value=True, help="Whether a cell waits for its turn; --no-wait overrides."
    ).tag(config=True)

    def __init__(self, shell: Any) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self.current = Current()
        self.cells = Cells()

    @no_var_expand
    @line_cell_magic
    def chat(self, line: str, cell: str | None = None) -> Reply | None:  # noqa: D102 - set below
        reply = self._safely(line, cell)
        return reply if cell is None and is_assigned() else None  # else the cell would echo it

    @no_var_expand
    @line_magic
    def chat_reply(self, line: str) -> Reply | None:
        """Do what `%chat` does and return the reply; `reply = %chat TEXT` becomes this."""
        return self._safely(line, None)

    def _safely(self, line: str, cell: str | None) -> Reply | None:
        try:
            return self._chat(parse(line), cell)
        except CellspeakError as error:
            raise (error if isinstance(error, ChatError) else ChatError(str(error))) from None
        except KeyboardInterrupt as stop:
            raise (stop if isinstance(stop, ChatInterrupt) else ChatInterrupt("stopped")) from None

    def _chat(self, line: Line, cell: str | None) -> Reply | None:
        self.current.move_to(line.options.get("server"), self.server)
        command = None if cell is not None or line.literal else subcommand(line.text)
        if command is not None:
            if command[0] == "fix":
                return self._ask(line, PROMPT, last_failure())
            subcommands.run(self, *command)
            return None
        prompt = "\n\n".join(part for part in (line.text, (cell or "").strip("\n")) if part)
        if not prompt and cell is None and not line.literal:
            self._show(line)
            return None
        return self._ask(line, prompt)

    def _show(self, line: Line) -> None:
        if not has_views():
            subcommands.run(self, "status", "")
            return
        chat_of(self._session(line))._ipython_display_()

    def _session(self, line: Line) -> Any:
        options = line.options
        if "agent" in options and "model" in options:
            raise ValidationError("expected --agent NAME or --model MODEL; got both")
        model = options.get("model")
        if model and self.current.server is not None:
            raise ValidationError(
                "expected --agent with the name of an agent of the server; got --model, and a "
                "server's agents have their own models"
            )
        return self.current.get(
            agent=model_agent(model) if model else options.get("agent", ""),
            session=options.get("session", ""),
            new=bool(options.get("new")),
            default=self.agent,
        )

    def _addressed(self, line: Line, prompt: str) -> tuple[Any, str]:
        """Return the session for *prompt*, and the prompt without the `@name` that may begin it."""
        decided = {"agent", "model", "session"} & line.options.keys()
        if not prompt.startswith("@") or line.literal or decided:
            return self._session(line), prompt
        agent, rest = addressed(prompt, agent_names(self.current.server))
        if not agent:
            return self._session(line), prompt
        _check_prompt(rest)
        return self.current.of_agent(agent, new=bool(line.options.get("new"))), rest

    def _ask(self, line: Line, prompt: str, variables: Variables = ()) -> Reply:
        into = line.options.get("into", "")
        _check_name(into)
        attach = [*attached(variables), *attached(line.options.get("vars", ()))]
        session, prompt = self._addressed(line, prompt)
        _check_prompt(prompt)
        cell = current_cell(self._shell)
        again = self.cells.again(cell, session)
        tape = _tape(line, session)

        def asked(turn_id: str) -> None:
            self.cells.remember(cell, turn_id)
            if tape is not None:
                tape.start(turn_id)

        turn = ask_in_cell(
            session,
            prompt,
            wait=self.wait and not line.options.get("no-wait"),
            note=again.note,
            asked=asked,
            after_turn=again.after_turn,
            root=again.root,
            vars=attach,
            on_approval=line.options.get("on-approval") or self._policy(),
        )
        reply = Reply(turn, session)
        if into:
            self._shell.user_ns[into] = reply
        if tape is not None and turn.ended:
            tape.finish()
        self._finish(turn)
        return reply

    def _policy(self) -> str:
        return self.on_approval or load_config().on_approval or "ask"

    def _finish(self, turn: Turn) -> None:
        say_unattended(turn)
        if turn.status == "failed" and self.on_error == "raise":
            raise ChatError(turn.error or "the turn failed")


def _tape(line: Line, session: Any) -> Any:
    if "record" not in line.options:
        return None
    from .record import Tape

    return Tape(session, Path(line.options["record"]).expanduser().absolute())


def _check_name(name: str) -> None:
    if name and (keyword.iskeyword(name) or not name.isidentifier()):
        raise ValidationError(f"expected --into with the name of a variable; got {name!r:.80}")


def _check_prompt(prompt: str) -> None:
    if not prompt.strip():
        raise ValidationError("expected a message with some text; got only white space")


def _help() -> str:
    options = "\n".join(
        f"    --{name + (' ' + option.value if option.value else ''):26} {option.help}"
        for name, option in OPTIONS.items()
    )
    commands = "\n".join(f"    %chat {name:20} {text}" for name, text in SUBCOMMANDS.items())
    return (
        f"{__doc__}\nOptions, before the text:\n{options}\n    -- TEXT"
        f"{'':21}send TEXT whatever it says\n\nSubcommands, in exactly this form:\n{commands}\n"
    )


HELP = _help()
ChatMagics.chat.__doc__ = HELP


def load(shell: Any) -> None:
    """Register the magics with *shell*; nothing is printed and nothing started."""
    prepare()  # before the first message: ipykernel 7.0 to 7.3 may else stop reading, see inbox.py
    magics = ChatMagics(shell)
    shell.register_magics(magics)
    set_unattended_policy(lambda: str(magics.on_unattended))
    set_image_hosts(lambda: list(magics.image_hosts))
    if keep_prompts not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.insert(0, keep_prompts)
    if match_agents not in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.append(match_agents)
    for word in ("%chat", "%%chat"):
        shell.set_hook("complete_command", complete_chat, str_key=word)


def unload(shell: Any) -> None:
    """Take the magics away; sessions stay."""
    for kind in ("line", "cell"):
        for name in ("chat", "chat_reply"):
            shell.magics_manager.magics[kind].pop(name, None)
    # Magics enlist themselves, and %config would go on to set those that were taken away.
    shell.configurables[:] = [c for c in shell.configurables if not isinstance(c, ChatMagics)]
    if keep_prompts in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(keep_prompts)
    if match_agents in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(match_agents)
    set_unattended_policy(None)
    set_image_hosts(None)
