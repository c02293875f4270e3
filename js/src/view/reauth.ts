/**
 * The request to sign in somewhere before the turn goes on.
 *
 * Its one law: the whole address is shown before anybody goes there, and nothing opens by itself.
 */

import type { Message, Turn } from "../core/index";
import { ended, str } from "../core/index";
import { button, element, setText, show } from "./element";
import { Reply } from "./reply";
import type { Part, Scene } from "./scene";
import { address } from "./search";
import { STRINGS } from "./strings";

/** One request to sign in. */
export class ReauthPart implements Part {
  readonly element = element("div", "part card approval");
  readonly #reason = element("div", "plain dim");
  readonly #address = element("div", "address");
  readonly #outcome = element("div", "outcome");
  readonly #buttons: HTMLElement;
  readonly #reply: Reply;
  #request = "";

  constructor(scene: Scene) {
    const press = (approved: boolean) => (event: Event) => this.#answer(approved, event);
    const done = button(STRINGS.reauthDone, "primary", press(true), scene.signal);
    const cancel = button(STRINGS.cancel, "", press(false), scene.signal);
    this.#buttons = element("div", "buttons", done, cancel);
    this.#reply = new Reply(scene, [done, cancel]);
    const title = element("div", "title", STRINGS.reauthTitle);
    this.element.append(title, this.#reason, this.#address, this.#buttons);
    this.element.append(this.#reply.line, this.#outcome);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", STRINGS.reauthTitle);
    scene.announce(STRINGS.reauthTitle);
  }

  update({ data }: Message, turn: Turn): void {
    this.#request = str(data.request_id);
    setText(this.#reason, str(data.reason));
    this.#showAddress(str(data.url));
    const resolution = turn.approvals.get(this.#request)?.resolution;
    const pending = !resolution && !ended(turn);
    show(this.#buttons, pending);
    show(this.#outcome, !pending);
    if (!pending) show(this.#reply.line, false);
    setText(this.#outcome, resolution?.approved === true ? STRINGS.signedIn : STRINGS.notSignedIn);
    this.element.dataset.state = pending ? "pending" : "passed";
  }

  #showAddress(url: string): void {
    if (this.#address.textContent !== url) this.#address.replaceChildren(address(url, url));
  }

  #answer(approved: boolean, event: Event): void {
    const by = { kind: "user" } as const;
    void this.#reply.send({ type: "respond", request_id: this.#request, approved, by }, event);
  }
}
