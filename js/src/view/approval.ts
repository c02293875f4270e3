/**
 * The question whether a tool may run, and its answer.
 *
 * Its one law: only a person's own press answers it, once, for the arguments that are shown. No button
 * has the focus by itself.
 */

import type { Approval, Turn } from "../core/index";
import { str } from "../core/index";
import { button, element, setText, show } from "./element";
import { whoOf } from "./error";
import { Reply } from "./reply";
import type { Scene } from "./scene";
import { STRINGS } from "./strings";
import { oneLine, timeOfDay } from "./words";

/** One approval: pending, then approved, denied or passed over. */
export class ApprovalCard {
  readonly element = element("div", "approval");
  readonly #scene: Scene;
  readonly #title = element("div", "title");
  readonly #reason = element("div", "plain dim");
  readonly #note = element("div", "note");
  readonly #outcome = element("div", "outcome");
  readonly #ask: HTMLButtonElement;
  readonly #buttons: HTMLElement;
  readonly #form: HTMLElement;
  readonly #why = element("textarea", "why");
  readonly #reply: Reply;
  #approval: Approval | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
    const approve = this.#button(STRINGS.approve, "primary", (event) => this.#approve(event));
    this.#ask = this.#button(STRINGS.deny, "", () => this.#askWhy(true));
    const deny = this.#button(STRINGS.deny, "danger", (event) => this.#deny(event));
    const back = this.#button(STRINGS.back, "quiet", () => this.#askWhy(false));
    this.#buttons = element("div", "buttons", approve, this.#ask);
    this.#form = element("div", "deny", this.#why, element("div", "buttons", deny, back));
    this.#reply = new Reply(scene, [approve, this.#ask, deny, back, this.#why]);
    this.#label();
    this.element.append(this.#title, this.#reason, this.#note, this.#buttons, this.#form);
    this.element.append(this.#reply.line, this.#outcome);
    show(this.#form, false);
  }

  /** Draw `approval` of `turn`. */
  update(approval: Approval, turn: Turn, pending: boolean): void {
    if (pending && this.#approval === undefined) this.#announce(approval);
    this.#approval = approval;
    const { request } = approval;
    setText(this.#title, STRINGS.approvalTitle(nameOf(request.tool_name)));
    setText(this.#reason, str(request.reason));
    setText(this.#note, this.#noteOf(request.expires_at, turn));
    setText(this.#outcome, pending ? "" : outcomeOf(approval));
    this.#showPending(pending);
    this.element.dataset.state = stateOf(approval, pending);
  }

  #button(name: string, kind: string, press: (event: Event) => void): HTMLButtonElement {
    return button(name, kind, press, this.#scene.signal);
  }

  #label(): void {
    this.#why.rows = 2;
    this.#why.placeholder = STRINGS.denyHint;
    this.#why.setAttribute("aria-label", STRINGS.denyReason);
    this.element.setAttribute("role", "group");
  }

  #announce({ request }: Approval): void {
    const title = STRINGS.announceApproval(nameOf(request.tool_name));
    this.#scene.announce(title);
    this.element.setAttribute("aria-label", title);
  }

  #noteOf(expires: unknown, turn: Turn): string {
    const waits = this.#scene.link.waiting === turn.id ? STRINGS.cellWaits : "";
    const until = timeOfDay(expires);
    return [waits, until && STRINGS.expires(until)].filter(Boolean).join(" ");
  }

  #showPending(pending: boolean): void {
    show(this.#note, pending && this.#note.textContent !== "");
    show(this.#reason, this.#reason.textContent !== "");
    show(this.#outcome, !pending);
    if (pending) return;
    show(this.#buttons, false);
    show(this.#form, false);
    show(this.#reply.line, false);
  }

  #askWhy(asking: boolean): void {
    show(this.#buttons, !asking);
    show(this.#form, asking);
    // Never *Approve*: the next Enter must not answer by chance.
    (asking ? this.#why : this.#ask).focus();
    this.#scene.link.ping();
  }

  #approve(event: Event): void {
    this.#answer(event, { approved: true });
  }

  #deny(event: Event): void {
    const reason = this.#why.value.trim();
    this.#answer(event, { approved: false, ...(reason && { deny_reason: reason }) });
  }

  #answer(event: Event, answer: { approved: boolean; deny_reason?: string }): void {
    if (!this.#approval) return;
    const { request_id, request } = this.#approval;
    const args_digest = str(request.args_digest);
    const digest = args_digest ? { args_digest } : {};
    const by = { kind: "user" } as const;
    void this.#reply.send({ type: "respond", request_id, ...answer, ...digest, by }, event);
  }
}

function nameOf(tool: unknown): string {
  return oneLine(tool, 80) || STRINGS.unnamedTool;
}

function stateOf({ resolution }: Approval, pending: boolean): string {
  if (pending) return "pending";
  if (!resolution) return "passed";
  return resolution.approved === true ? "approved" : "denied";
}

function outcomeOf({ resolution }: Approval): string {
  if (!resolution) return STRINGS.notAsked;
  const how = resolution.approved === true ? STRINGS.approved : STRINGS.denied;
  const line = STRINGS.resolved(how, whoOf(resolution.by), timeOfDay(resolution.at));
  const reason = str(resolution.deny_reason);
  return reason ? `${line}: ${reason}` : line;
}
