/**
 * The whole conversation, with a box to go on with it.
 *
 * Its one law: a turn keeps its view, found by its id, while it is on the path to the head.
 */

import type { Turn } from "../core/index";
import { path } from "../core/index";
import { Composer } from "./composer";
import { arrange, button, element, setText, show } from "./element";
import { Empty } from "./empty";
import { keepFocus } from "./focus";
import { Follower } from "./follow";
import { hideStatic } from "./hide";
import { Painter } from "./painter";
import type { PanelName } from "./panel";
import { openRoot } from "./root";
import { isTrusted, type Place, type Scene } from "./scene";
import { StatusLine } from "./status";
import { STRINGS } from "./strings";
import { TurnView } from "./turn";
import { Voice } from "./voice";
import { Window } from "./window";

/** Draw the conversation of `link` until `signal` aborts. */
export function drawChat({ link, el, staticClass, signal, ...given }: Place): void {
  const { trusts = isTrusted, window = new Window() } = given;
  const root = openRoot(el, signal);
  const { announce, say } = root;
  const scene: Scene = { link, signal, place: "chat", announce, say, trusts };
  const chat = new Chat(scene, window, () => hideStatic(staticClass, signal));
  root.element.append(chat.element);
  const painter = new Painter(chat.element, () => chat.update(), signal);
  link.subscribe({ changed: () => painter.request(), shown: () => painter.shown }, signal);
  painter.flush();
}

class Chat {
  readonly element = element("div", "chat");
  readonly #scene: Scene;
  readonly #log = element("div", "log");
  readonly #content = element("div", "content");
  readonly #earlier: HTMLButtonElement;
  readonly #empty: Empty;
  readonly #window: Window;
  readonly #voice: Voice;
  readonly #turns = new Map<string, TurnView>();
  readonly #follower: Follower;
  readonly #composer: Composer;
  readonly #status: StatusLine;
  #found: (() => void) | undefined;

  constructor(scene: Scene, window: Window, found: () => void) {
    this.#scene = scene;
    this.#window = window;
    this.#found = found;
    this.#composer = new Composer(scene, this.element);
    this.#status = new StatusLine(scene);
    this.#voice = new Voice(scene);
    this.#status.element.append(this.#menu());
    this.#empty = new Empty(scene, (text) => this.#composer.fill(text));
    this.#earlier = button(STRINGS.earlier, "earlier", () => this.#showEarlier(), scene.signal);
    this.#follower = new Follower(this.#log, this.#content, scene.signal);
    this.#log.append(this.#earlier, this.#empty.element, this.#content);
    const middle = element("div", "middle", this.#log, this.#follower.jump);
    const bottom = element("div", "bottom", this.#composer.element, this.#status.element);
    this.element.append(middle, bottom);
    this.#label();
  }

  update(): void {
    const { conversation, more, agentName, held } = this.#scene.link;
    if (held) this.#hideStatic();
    const all = path(conversation);
    const turns = this.#window.of(all, this.#follower.atEnd);
    this.#log.setAttribute("aria-label", STRINGS.conversation(agentName));
    show(this.#earlier, more || this.#window.more);
    this.#empty.update(all.length === 0);
    const drawn = turns.map((turn) => this.#drawn(turn));
    keepFocus(this.#content, () => arrange(this.#content, drawn));
    this.#forget(turns);
    this.#composer.update();
    this.#status.update();
    this.#voice.update(all.at(-1), conversation);
    this.#follower.grown();
  }

  /** What is here already comes first; the reader's place stays where it was. */
  #showEarlier(): void {
    if (!this.#window.more) {
      this.#scene.link.page();
      return;
    }
    const below = this.#log.scrollHeight - this.#log.scrollTop;
    this.#window.widen(path(this.#scene.link.conversation));
    this.update();
    this.#log.scrollTop = this.#log.scrollHeight - below;
  }

  /** What the commands do, for those who would not think of typing them. */
  #menu(): HTMLElement {
    const { signal } = this.#scene;
    const { panel } = this.#composer;
    const open = (name: PanelName, words: string) => {
      const made = button(words, "quiet", () => void panel.toggle(name, made), signal);
      return made;
    };
    const sessions = open("sessions", STRINGS.conversations);
    const keep = open("export", STRINGS.exportAs);
    return element("span", "menu", sessions, keep, open("help", STRINGS.help));
  }

  /** Not before: a kernel that does not answer must not take the static transcript away. */
  #hideStatic(): void {
    this.#found?.();
    this.#found = undefined;
  }

  #drawn(turn: Turn): HTMLElement {
    const view = this.#turns.get(turn.id) ?? new TurnView(this.#scene);
    this.#turns.set(turn.id, view);
    view.update(turn, this.#scene.link.conversation);
    return view.element;
  }

  #forget(turns: readonly Turn[]): void {
    if (turns.length === this.#turns.size) return;
    const shown = new Set(turns.map((turn) => turn.id));
    for (const [id, view] of this.#turns) {
      if (shown.has(id)) continue;
      view.drop();
      this.#turns.delete(id);
    }
  }

  #label(): void {
    this.#log.setAttribute("role", "log");
    this.#log.setAttribute("aria-live", "off"); // `voice.ts` says what is new
    this.#log.tabIndex = 0;
    setText(this.#earlier, STRINGS.earlier);
  }
}
