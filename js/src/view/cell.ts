/**
 * One turn below the cell that asked for it.
 *
 * Its one law: until the turn itself is here the static transcript stays in sight, so a cell never
 * loses its text to a kernel that does not answer.
 */

import type { Turn } from "../core/index";
import { ended } from "../core/index";
import { button, element, setText, show } from "./element";
import { hideStatic } from "./hide";
import { Painter } from "./painter";
import { Reply } from "./reply";
import { openRoot } from "./root";
import { isTrusted, type Place, type Scene } from "./scene";
import { StatusLine } from "./status";
import { STRINGS } from "./strings";
import { TurnView } from "./turn";
import { Voice } from "./voice";
import { oneLine } from "./words";

/** Which turn a cell shows, and what the kernel says about it (a line, or nothing). */
export interface Shown {
  readonly turn: string;
  readonly note: string;
}

/** Draw one turn of `link` until `signal` aborts. */
export function drawCell(shown: Shown, place: Place): void {
  const { link, el, signal, trusts = isTrusted } = place;
  const root = openRoot(el, signal);
  const { announce, say } = root;
  const scene: Scene = { link, signal, place: "cell", announce, say, trusts };
  const cell = new Cell(shown, scene, () => hideStatic(place.staticClass, signal));
  root.element.append(cell.element);
  const painter = new Painter(cell.element, () => cell.update(), signal);
  link.subscribe({ changed: () => painter.request(), shown: () => painter.shown }, signal);
  painter.flush();
}

class Cell {
  readonly element = element("div", "cell");
  readonly #id: string;
  readonly #scene: Scene;
  readonly #found: () => void;
  readonly #agent = element("span", "agent");
  readonly #word = element("span", "dim");
  readonly #log = element("div", "log");
  readonly #stop: HTMLButtonElement;
  readonly #reply: Reply;
  readonly #turn: TurnView;
  readonly #status: StatusLine;
  readonly #voice: Voice;
  #shown = false;

  constructor({ turn, note }: Shown, scene: Scene, found: () => void) {
    this.#id = turn;
    this.#scene = scene;
    this.#found = found;
    this.#stop = button(STRINGS.stop, "stop", (event) => this.#halt(event), scene.signal);
    this.#reply = new Reply(scene, [this.#stop], STRINGS.stopping);
    this.#turn = new TurnView(scene);
    this.#status = new StatusLine(scene);
    this.#voice = new Voice(scene);
    const dot = element("span", "dot");
    const head = element("div", "head", dot, this.#agent, this.#word, this.#stop);
    this.#log.append(this.#turn.element);
    this.#log.setAttribute("role", "log");
    this.#log.setAttribute("aria-label", STRINGS.conversation(scene.link.agentName));
    this.#log.setAttribute("aria-live", "off"); // `voice.ts` says what is new
    const line = element("div", "said plain dim", note);
    show(line, note !== "");
    this.element.append(head, line, this.#log, this.#reply.line, this.#status.element);
  }

  update(): void {
    const { conversation, agentName, status } = this.#scene.link;
    const turn = conversation.turns.get(this.#id);
    setText(this.#agent, oneLine(agentName, 60) || STRINGS.agent);
    if (turn) this.#draw(turn);
    else this.#scene.link.page();
    show(this.#log, turn !== undefined);
    this.element.dataset.status = turn?.status ?? "absent";
    this.#status.update();
    // A turn that is over needs no kernel: thirty cells need not say that it is gone.
    const silent = status === "away" || status === "busy" || status === "gone";
    show(this.#status.element, !turn || (silent && !ended(turn)));
  }

  #draw(turn: Turn): void {
    if (!this.#shown) this.#found();
    this.#shown = true;
    setText(this.#word, ended(turn) ? "" : STRINGS.turnStatus[turn.status]);
    show(this.#stop, !ended(turn));
    if (ended(turn)) show(this.#reply.line, false);
    this.#turn.update(turn, this.#scene.link.conversation);
    this.#voice.update(turn, this.#scene.link.conversation);
  }

  #halt(event: Event): void {
    void this.#reply.send({ type: "cancel", turn_id: this.#id }, event);
  }
}
