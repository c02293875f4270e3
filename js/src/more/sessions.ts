/**
 * The list of conversations: go on with one, or delete it.
 *
 * Its one law: titles are somebody's first words, and stand there as one line of text; nothing is
 * deleted by one press.
 */

import { type Data, dict, list, str } from "../core/index";
import { button, element, setText, show } from "../view/element";
import type { Scene } from "../view/scene";
import { STRINGS } from "../view/strings";
import { oneLine, timeAgo } from "../view/words";
import { problemOf } from "./completion";
import { type Frame, panelOf } from "./panels";
import { MORE } from "./strings";

/** The panel that lists the conversations. */
export function sessionsPanel(scene: Scene, close: () => void): HTMLElement {
  const frame = panelOf(MORE.sessionsTitle, scene, close);
  const rows = element("ul", "sessions");
  const note = element("div", "dim", STRINGS.loading);
  frame.element.append(note, rows);
  void fill(rows, note, { frame, scene, close });
  return frame.element;
}

interface Around {
  readonly frame: Frame;
  readonly scene: Scene;
  readonly close: () => void;
}

async function fill(rows: HTMLElement, note: HTMLElement, around: Around): Promise<void> {
  const answer = await around.scene.link.ask({ what: "sessions" });
  const found = list(answer.value).map(dict);
  rows.append(...found.map((row) => rowOf(row, around)));
  setText(note, found.length === 0 ? MORE.noSessions : "");
  show(note, found.length === 0 && !answer.error);
  around.frame.say(problemOf(answer));
}

function rowOf(row: Data, around: Around): HTMLElement {
  const title = oneLine(row.title, 80) || MORE.noWords;
  const words = element("span", "title", title);
  words.dir = "auto";
  const facts = [
    row.current === true ? MORE.currentSession : "",
    oneLine(row.agent, 40),
    oneLine(row.notebook, 40),
    timeAgo(row.active_at),
  ];
  const about = element("span", "dim", facts.filter(Boolean).join(" · "));
  const line = element("li", "session", element("div", "about", words, about));
  line.append(actsOf(row, title, line, around));
  return line;
}

function actsOf(row: Data, title: string, line: HTMLElement, around: Around): HTMLElement {
  const { scene, frame, close } = around;
  const { signal } = scene;
  const session_id = str(row.session_id);
  const open = button(MORE.open, "", () => void go(), signal);
  const ask = button(MORE.delete, "quiet", () => sure(true), signal);
  const yes = button(MORE.deleteYes, "danger", () => void remove(), signal);
  const no = button(MORE.cancelEdit, "", () => sure(false), signal);
  open.setAttribute("aria-label", `${MORE.open}: ${title}`);
  ask.setAttribute("aria-label", `${MORE.delete}: ${title}`);
  const question = element("span", "plain", MORE.deleteSure(title));
  const asked = element("div", "buttons asked", question, no, yes);
  show(asked, false);
  show(open, row.current !== true);
  const plain = element("div", "buttons", open, ask);

  async function go(): Promise<void> {
    const problem = problemOf(await scene.link.ask({ what: "resume", session_id }));
    if (problem) frame.say(problem);
    else close();
  }

  function sure(asking: boolean): void {
    show(asked, asking);
    show(plain, !asking);
    (asking ? no : ask).focus();
  }

  async function remove(): Promise<void> {
    const problem = problemOf(await scene.link.ask({ what: "forget", session_id }));
    frame.say(problem);
    if (problem) return;
    const next = line.nextElementSibling ?? line.previousElementSibling;
    line.remove();
    (next ?? frame.element).querySelector<HTMLElement>("button")?.focus();
  }

  return element("div", "acts", plain, asked);
}
