/**
 * The question whether a tool may run, and its answer.
 *
 * Its one law: only a person's own press answers it, once, for the arguments that are shown. No button
 * has the focus by itself, and a card that has just moved takes no press.
 */

import type { Approval, Turn } from "../core/index";
import { type Data, dict, isObject, sameJson, str, without } from "../core/index";
import type { ArgumentsForm } from "../more/form";
import { announceOnce } from "./announce";
import { decisionOf, stateOf } from "./decision";
import { button, element, setText, show } from "./element";
import { extras } from "./extras";
import { LongText } from "./long";
import type { More } from "./more";
import { Reply } from "./reply";
import type { Scene } from "./scene";
import { Steady } from "./steady";
import { STRINGS } from "./strings";
import { oneLine, readable, timeOfDay } from "./words";

/** What the card offers now: the question, a form for the arguments, or one for the reason. */
type Mode = "ask" | "edit" | "deny";

interface Answer {
  readonly approved: boolean;
  readonly args?: Record<string, unknown>;
  readonly deny_reason?: string;
  readonly remember?: "tool" | "args";
}

/** One approval: pending, then approved, denied or passed over. */
export class ApprovalCard {
  readonly element = element("div", "approval");
  readonly #scene: Scene;
  readonly #title = element("div", "title");
  readonly #reason = element("div", "plain dim");
  readonly #args: LongText;
  readonly #note = element("div", "note");
  readonly #hint = element("div", "keys dim", STRINGS.approvalKeys);
  readonly #outcome = element("div", "outcome");
  readonly #modes: Readonly<Record<Mode, HTMLElement>>;
  readonly #place = element("div", "place");
  readonly #why = element("textarea", "why");
  readonly #often = element("select");
  readonly #remember = element("label", "remember", STRINGS.remember, this.#often);
  readonly #edit: HTMLButtonElement;
  readonly #deny: HTMLButtonElement;
  readonly #reply: Reply;
  readonly #steady: Steady;
  #form: ArgumentsForm | undefined;
  #approval: Approval | undefined;

  /** `alone`: there is no card of the call that shows the arguments. */
  constructor(scene: Scene, alone = true) {
    this.#scene = scene;
    this.#args = new LongText(scene.signal);
    show(this.#args.element, alone);
    const approve = this.#button(STRINGS.approve, "primary", (event) => this.#approve(event));
    const change = this.#button(STRINGS.approveEdited, "primary", (event) => this.#change(event));
    const refuse = this.#button(STRINGS.deny, "danger", (event) => this.#refuse(event));
    const back = [1, 2].map(() => this.#button(STRINGS.back, "quiet", () => this.#back()));
    this.#edit = this.#button(STRINGS.editArgs, "", () => void this.#openForm());
    this.#deny = this.#button(STRINGS.deny, "", () => this.#askWhy());
    const [fromEdit, fromDeny] = back as [HTMLButtonElement, HTMLButtonElement];
    this.#modes = {
      ask: element("div", "buttons", approve, this.#edit, this.#deny),
      edit: element("div", "buttons", change, fromEdit),
      deny: element("div", "deny", this.#why, element("div", "buttons", refuse, fromDeny)),
    };
    const controls = [approve, change, refuse, ...back, this.#edit, this.#deny];
    this.#reply = new Reply(scene, [...controls, this.#why, this.#often]);
    this.#steady = new Steady(this.element, scene.signal);
    this.#compose();
  }

  /** Draw `approval` of `turn`. */
  update(approval: Approval, turn: Turn, pending: boolean): void {
    const { request } = approval;
    const isNew = this.#approval === undefined;
    if (approval !== this.#approval) this.#args.update(readable(askedOf(approval)));
    this.#approval = approval;
    if (isNew) this.#show("ask");
    if (isNew && pending) this.#announce(approval);
    setText(this.#title, STRINGS.approvalTitle(nameOf(request.tool_name)));
    setText(this.#reason, str(request.reason));
    setText(this.#note, this.#noteOf(approval, turn));
    setText(this.#outcome, pending ? "" : decisionOf(approval));
    this.element.dataset.state = stateOf(approval, pending);
    show(this.#note, pending && this.#note.textContent !== "");
    show(this.#reason, this.#reason.textContent !== "");
    show(this.#outcome, !pending);
    show(this.#edit, isObject(request.args));
    if (pending) this.#open();
    else this.#close();
  }

  #button(name: string, kind: string, press: (event: Event) => void): HTMLButtonElement {
    return button(name, kind, press, this.#scene.signal);
  }

  #compose(): void {
    const { ask, edit, deny } = this.#modes;
    this.#args.unfold(); // nobody approves what they cannot see
    this.#why.rows = 2;
    this.#why.placeholder = STRINGS.denyHint;
    this.#why.setAttribute("aria-label", STRINGS.denyReason);
    for (const [value, text] of OFTEN) this.#often.append(new Option(text, value));
    this.element.append(this.#title, this.#reason, this.#args.element, this.#place, this.#note);
    this.element.append(this.#remember, ask, edit, deny, this.#reply.line, this.#hint);
    this.element.append(this.#outcome);
    this.element.setAttribute("role", "group");
    const { signal } = this.#scene;
    this.element.addEventListener("keydown", (event) => this.#typed(event), { signal });
  }

  #announce({ request, request_id }: Approval): void {
    const title = STRINGS.announceApproval(nameOf(request.tool_name));
    announceOnce(this.#scene, request_id, title);
    this.element.setAttribute("aria-label", title);
  }

  #noteOf({ request }: Approval, turn: Turn): string {
    const waits = this.#scene.link.waiting === turn.id ? STRINGS.cellWaits : "";
    const always = request.always === true ? STRINGS.alwaysAsks : "";
    const until = timeOfDay(request.expires_at);
    return [waits, always, until && STRINGS.expires(until)].filter(Boolean).join(" ");
  }

  #open(): void {
    this.#steady.start();
    this.element.tabIndex = 0;
    this.element.setAttribute("aria-keyshortcuts", "A E D");
  }

  #close(): void {
    const focused = this.#hasFocus();
    this.#steady.stop();
    this.element.removeAttribute("tabindex");
    this.element.removeAttribute("aria-keyshortcuts");
    for (const group of Object.values(this.#modes)) show(group, false);
    for (const part of [this.#remember, this.#place, this.#reply.line, this.#hint]) {
      show(part, false);
    }
    // The focus was on what is gone: it goes to the card's title, where a press does no harm.
    if (focused) this.element.closest("details")?.querySelector("summary")?.focus();
  }

  /** A button that is switched off while its answer is under way loses the focus to nobody. */
  #hasFocus(): boolean {
    const root = this.element.getRootNode();
    const inside = root instanceof ShadowRoot ? root.activeElement : null;
    const nobody = inside === null && document.activeElement === document.body;
    return this.element.contains(inside) || (nobody && this.#reply.sending);
  }

  #show(mode: Mode): void {
    for (const [name, group] of Object.entries(this.#modes)) show(group, name === mode);
    show(this.#place, mode === "edit");
    const { always, tool_call_id } = this.#approval?.request ?? {};
    show(this.#remember, mode !== "deny" && always !== true && str(tool_call_id) !== "");
    // Another button stands under the pointer now.
    this.#steady.moved();
  }

  #typed(event: KeyboardEvent): void {
    const bare = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
    const pending = this.element.dataset.state === "pending";
    if (!bare || !pending || event.target !== this.element || !this.#scene.trusts(event)) return;
    const key = event.key.toLowerCase();
    if (key === "a" && !this.#modes.ask.hidden) this.#approve(event);
    else if (key === "e" && !this.#edit.hidden) void this.#openForm();
    else if (key === "d") this.#askWhy();
    else return;
    event.preventDefault();
  }

  #back(): void {
    const from = this.#modes.edit.hidden ? this.#deny : this.#edit;
    this.#show("ask");
    // Never *Approve*: the next Enter must not answer by chance.
    from.focus();
    this.#scene.link.ping();
  }

  #askWhy(): void {
    this.#show("deny");
    this.#why.focus();
    this.#scene.link.ping();
  }

  async #openForm(): Promise<void> {
    this.#edit.disabled = true;
    const loaded = await extras(this.#scene, this.element);
    this.#edit.disabled = false;
    if (this.element.dataset.state !== "pending" || !this.#approval) return;
    if (loaded) this.#edited(loaded, this.#approval.request);
    else this.#reply.say(STRINGS.noEditing);
  }

  #edited({ ArgumentsForm }: More, { args, args_schema }: Data): void {
    this.#form ??= new ArgumentsForm(dict(args), args_schema, this.#scene.signal);
    this.#place.replaceChildren(element("div", "label", STRINGS.editing), this.#form.element);
    this.#show("edit");
    this.#form.focus();
  }

  #approve(event: Event): void {
    this.#answer(event, { approved: true, ...this.#remembered() });
  }

  #change(event: Event): void {
    const edited = this.#form?.read();
    if (!edited || "problem" in edited) return;
    const same = sameJson(edited.args, this.#approval?.request.args);
    const args = same ? {} : { args: edited.args };
    this.#answer(event, { approved: true, ...args, ...this.#remembered() });
  }

  #refuse(event: Event): void {
    const reason = this.#why.value.trim();
    this.#answer(event, { approved: false, ...(reason && { deny_reason: reason }) });
  }

  #remembered(): { remember?: "tool" | "args" } {
    const { value } = this.#often;
    if (this.#remember.hidden) return {};
    return value === "tool" || value === "args" ? { remember: value } : {};
  }

  #answer(event: Event, answer: Answer): void {
    // A denial does no harm: it is never in the way of a quick hand.
    if (!this.#approval || (answer.approved && !this.#stands(event))) return;
    const { request_id, request } = this.#approval;
    const args_digest = str(request.args_digest);
    const digest = args_digest ? { args_digest } : {};
    const by = { kind: "user" } as const;
    void this.#reply.send({ type: "respond", request_id, ...answer, ...digest, by }, event);
  }

  #stands(event: Event): boolean {
    const stands = this.#steady.allows(event);
    if (!stands) this.#reply.say(STRINGS.justMoved);
    return stands;
  }
}

const OFTEN: readonly (readonly [value: string, text: string])[] = [
  ["", STRINGS.rememberOnce],
  ["args", STRINGS.rememberArgs],
  ["tool", STRINGS.rememberTool],
];

function nameOf(tool: unknown): string {
  return oneLine(tool, 80) || STRINGS.unnamedTool;
}

/** What was asked: the arguments, or all of a request whose form is not known here. */
function askedOf({ request }: Approval): unknown {
  if (request.args !== undefined) return request.args;
  return without(request, "request_id", "tool_call_id", "tool_name", "args_digest", "reason");
}
