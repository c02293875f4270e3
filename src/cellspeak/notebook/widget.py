"""The chat widget: a hub model per session; the small model of a `%%chat` cell is `turnview.py`.

A widget is built and shown on the calling thread and touched only by the session thread
afterwards.  Comm callbacks do nothing but hand over.  No text ever sits in a synced trait.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from typing import Any

import anywidget
import traitlets

from cellspeak import thread
from cellspeak.agent import Agent
from cellspeak.agents import offload
from cellspeak.config import image_hosts
from cellspeak.core.conversation import Conversation
from cellspeak.errors import ConflictError
from cellspeak.files import Content
from cellspeak.history import Reply
from cellspeak.session import Session
from cellspeak.waiting import set_attendant

from .attend import Attendance
from .current import resume_line
from .errands import Errands
from .feed import Feed
from .folder import allowed_image_hosts, default_agent, notebook_labels
from .host import in_kernel, kernel, shell
from .mainthread import MainThread
from .model import bundle, comms, is_ours, mime_bundle, without_halves
from .output import StaticOutput
from .pump import CommPump
from .static import chat_bundle
from .turnview import TurnView

__all__ = ["Chat", "chat_of", "prepare"]

RESUME = "%load_ext cellspeak\n{}"

_chats: dict[str, list[Chat]] = {}
"""Session id → its open chats, the newest last."""


@cache
def prepare() -> CommPump:
    """Make clicks arrive while a cell waits; once per process, at the first use."""
    pump = CommPump(is_ours)
    if shell() is not None:
        main = MainThread(pump, kernel())
        thread.set_waiter(main)
        offload.set_main_thread(main.submit)
    set_attendant(Attendance(feed_of=_feed_of))
    return pump


def _feed_of(session: Session) -> Feed | None:
    """Return the feed whose view spoke last: several chats may show one session."""
    feeds = (chat.feed for chat in _chats.get(session.session_id, []))
    return min(feeds, key=lambda feed: feed.silence, default=None)


class Chat(anywidget.AnyWidget):
    """A live chat: show it with `display(chat)` or as a cell's last line.

    Typing in it needs no cell.  Several views, a reloaded page and a view opened late all show
    the same conversation.

    Args:
        agent: who answers: an `Agent`, its name, or None for the folder's or the demo agent.
        session: a session to show instead of a new one, or its id.
        images: hosts whose pictures are fetched without a press, such as `charts.example.org`
            or `*.example.org`; None: those of `%config ChatMagics` or of `cellspeak.yaml`.

    Raises:
        NotFoundError: if no agent has that name.
        SessionNotFoundError: if there is no such session.
    """

    hub_id = traitlets.Unicode().tag(sync=True)
    session_id = traitlets.Unicode().tag(sync=True)
    agent_name = traitlets.Unicode().tag(sync=True)
    resume_line = traitlets.Unicode().tag(sync=True)
    static_class = traitlets.Unicode().tag(sync=True)
    image_hosts = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        agent: Agent | str | None = None,
        *,
        session: Session | str | None = None,
        images: Iterable[str] | None = None,
    ) -> None:
        prepare()
        self.session, name = _connected(agent, session)
        key = uuid.uuid4().hex
        self._esm = bundle("widget.js")
        super().__init__(
            hub_id=key,
            session_id=self.session.session_id,
            agent_name=name,
            resume_line=RESUME.format(resume_line(self.session)),
            static_class=f"cellspeak-{key}",
            image_hosts=list(allowed_image_hosts() if images is None else image_hosts(images)),
        )
        comms.add(str(self.model_id))
        self._views: list[TurnView] = []
        self._kept: object = None
        self._whole = StaticOutput(self._chat_bundle)
        self._errands = Errands(self, self._send_down)
        self._feed = self._feed_of(self.session)
        self.on_msg(self._hand_over)
        thread.run(self._feed.start())
        _chats.setdefault(self.session.session_id, []).append(self)

    def close(self) -> None:
        """Take the widget away and stop following the session, which goes on."""
        _drop(self)
        comms.discard(str(self.model_id))
        with suppress(AttributeError, RuntimeError):  # half made, or the process is exiting
            thread.submit(self._feed.aclose())
        super().close()

    @property
    def feed(self) -> Feed:
        """The kernel's end of the comm."""
        return self._feed

    @property
    def cell_waits(self) -> bool:
        """Whether a cell is blocked until a turn of this chat ends."""
        return self._feed.cell_waits

    def ask(self, content: Content, **options: Any) -> Reply:
        """Ask in this chat and block until the reply is there; see `Session.ask`."""
        return self.session.ask(content, **options)

    def turn(self, turn_id: str, note: str = "") -> TurnView:
        """Return a view of one turn, to be shown in the cell that asked.

        Args:
            turn_id: the turn.
            note: a line that the view says about it; empty: nothing.
        """
        return TurnView(self, turn_id, note)

    def conversation(self) -> Conversation:
        """Return what this chat shows, as it is now."""
        return self._feed.conversation

    def reach(self, seq: int) -> None:
        """Block until this chat has heard of the event *seq*."""
        thread.run(self._feed.reached(seq))

    def wait_for(self, turn_id: str | None) -> None:
        """Tell the views that a cell is blocked until this turn ends; None: no longer."""
        thread.session_loop().call_soon_threadsafe(self._feed.wait_for, turn_id)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if not in_kernel():
            raise NotImplementedError  # IPython's word for: show the repr
        display(mime_bundle(self), raw=True)
        self._whole.show()

    def __repr__(self) -> str:
        return f"Chat(agent={self.agent_name!r}, session={self.session_id!r})"

    def _chat_bundle(self) -> dict[str, str]:
        shown = {view.turn_id for view in self._views}
        return chat_bundle(self._feed.conversation, self.static_class, self.agent_name, shown)

    def _send_down(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        try:
            self.send(content, buffers)
        except UnicodeEncodeError:  # Jupyter cannot send half a character
            self.send(without_halves(content), buffers)

    def _feed_of(self, session: Session) -> Feed:
        fill = self._errands.uploads.filled
        return Feed(
            session.transport, session.session_id, self._send_down, self._changed, fill=fill
        )

    async def go_on_with(self, session: Session) -> None:
        """Show *session* in this chat from now on; called on the session loop.

        Raises:
            ConflictError: if cells show turns of the conversation that is shown now.
        """
        if session.session_id == self.session_id:
            return
        if self._views:
            raise ConflictError(
                "cells of this notebook belong to this conversation; to go on with the other, run "
                + resume_line(session)
            )
        conversation = await session.conversation()
        old, feed = self._feed, self._feed_of(session)
        await feed.start()
        await old.aclose()  # the two must not speak at once
        _drop(self)
        self.session, self._feed, self._kept = session, feed, None
        self.session_id = session.session_id
        self.agent_name = str((conversation.agent or {}).get("name", "agent"))
        self.resume_line = RESUME.format(resume_line(session))
        _chats.setdefault(session.session_id, []).append(self)
        feed.greet()
        self._changed(feed.conversation)

    def _hand_over(self, _widget: Any, content: Any, buffers: Any) -> None:
        thread.session_loop().call_soon_threadsafe(self._receive, content, buffers)

    def _receive(self, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("t") == "ask":
            self._errands.receive(content, buffers or [])
        else:
            self._feed.receive(content)

    def _changed(self, conversation: Conversation) -> None:
        """Keep the static transcripts where a turn ended or waits; runs on the session thread."""
        live = (conversation.head, *((t.id, t.status) for t in conversation.turns.live))
        if live == self._kept:
            return
        self._kept = live
        for view in self._views:
            if view.turn.idle or view.turn.pending:
                view.keep()
        if conversation.open_turn is None or conversation.open_turn.pending:
            self._whole.update()
        if conversation.terminated:
            _drop(self)


def chat_of(session: Session) -> Chat:
    """Return the hub of *session* in this kernel, made on first need."""
    chats = _chats.get(session.session_id)
    return chats[-1] if chats else Chat(session=session)


def _drop(chat: Chat) -> None:
    chats = _chats.get(chat.session_id, [])
    if chat in chats:
        chats.remove(chat)
    if not chats:
        _chats.pop(chat.session_id, None)


def _connected(agent: Agent | str | None, session: Session | str | None) -> tuple[Session, str]:
    if isinstance(session, str):
        session = Session(session)
    if session is None:
        found = agent if isinstance(agent, Agent) else default_agent(agent)
        session = thread.run(found.create_session(labels=notebook_labels()))
    conversation = thread.run(session.conversation())
    return session, str((conversation.agent or {}).get("name", "agent"))
