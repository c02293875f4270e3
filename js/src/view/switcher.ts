/**
 * The way from one branch to another: ‹ 1/2 ›.
 *
 * Its one law: it only asks; which branch is shown is said by the log, to all views alike.
 */

import type { Conversation, Turn } from "../core/index";
import { branchesOf, tipOf } from "./branches";
import { element, setText, show, signButton } from "./element";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";

/** Shows which branch a turn is, where there are several. */
export class Switcher {
  readonly element = element("span", "switcher");
  readonly #scene: Scene;
  readonly #place = element("span");
  readonly #back: HTMLButtonElement;
  readonly #on: HTMLButtonElement;
  #turn: Turn | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#back = this.#step("‹", STRINGS.earlierVersion, -1);
    this.#on = this.#step("›", STRINGS.laterVersion, 1);
    this.element.append(this.#back, this.#place, this.#on);
  }

  update(turn: Turn, { turns }: Conversation): void {
    this.#turn = turn;
    const all = branchesOf(turn, turns);
    const at = all.findIndex(({ id }) => id === turn.id);
    setText(this.#place, STRINGS.version(at + 1, all.length));
    this.#back.disabled = at <= 0;
    this.#on.disabled = at >= all.length - 1;
    show(this.element, all.length > 1);
  }

  #step(sign: string, name: string, by: number): HTMLButtonElement {
    const made = signButton(sign, name, "quiet", () => this.#go(by), this.#scene.signal);
    made.dataset.act = `version${by}`;
    return made;
  }

  #go(by: number): void {
    const { turns } = this.#scene.link.conversation;
    if (!this.#turn) return;
    const all = branchesOf(this.#turn, turns);
    const at = all.findIndex(({ id }) => id === this.#turn?.id) + by;
    const next = all[at];
    if (!next) return;
    this.#scene.say(STRINGS.versionShown(at + 1, all.length));
    void this.#scene.link.send({ type: "set_head", turn_id: tipOf(next, turns) });
  }
}
