/**
 * One call of a tool: what was asked, where it stands, what came of it.
 *
 * Its one law: the arguments are shown whole, because a person approves what is shown.
 */

import type { Approval, Message, ToolCall, Turn } from "../core/index";
import { type Data, dict, pending, str } from "../core/index";
import { ApprovalCard } from "./approval";
import { element, setText, show } from "./element";
import { LongText } from "./long";
import { drawResult } from "./result";
import type { Part, Scene } from "./scene";
import { STRINGS } from "./strings";
import { duration, oneLine, readable } from "./words";

const TICK = 1_000;

/** A card for one tool call, with its approval if it needs one. */
export class ToolPart implements Part {
  readonly element = element("details", "part card tool");
  readonly #scene: Scene;
  readonly #name = element("span", "name");
  readonly #preview = element("span", "preview dim");
  readonly #status = element("span", "status");
  readonly #time = element("span", "time dim");
  readonly #args: LongText;
  readonly #progress: Progress = new Progress();
  readonly #question = element("div");
  readonly #result = element("div");
  #approval: ApprovalCard | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #since = 0;
  #drawn: { call?: ToolCall; outcome?: unknown } = {};

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#args = new LongText(scene.signal);
    const dot = element("span", "dot");
    const title = element("summary", "", dot, this.#name, this.#preview, this.#status, this.#time);
    const label = element("div", "label", STRINGS.arguments);
    const args = element("div", "", label, this.#args.element);
    const body = element("div", "body", args, this.#question, this.#progress.element, this.#result);
    this.element.append(title, body);
    scene.signal.addEventListener("abort", () => this.#tick(false), { once: true });
  }

  update(message: Message, turn: Turn): void {
    const call = turn.tool_calls.get(str(message.data.tool_call_id));
    if (!call) return;
    if (!this.#drawn.call) this.element.open = isOpenAtFirst(call);
    this.#drawApproval(approvalOf(call, turn), turn);
    if (call !== this.#drawn.call) this.#drawCall(call);
    this.#drawn.call = call;
  }

  #drawCall(call: ToolCall): void {
    this.element.dataset.state = call.status;
    setText(this.#name, oneLine(call.tool_name, 80) || STRINGS.unnamedTool);
    setText(this.#status, statusOf(call.status));
    setText(this.#preview, previewOf(call.args));
    const empty = Object.keys(call.args).length === 0;
    this.#args.update(empty ? STRINGS.noArguments : readable(call.args));
    this.#args.element.classList.toggle("dim", empty);
    this.#progress.update(call);
    this.#drawOutcome(call);
    this.#drawTime(call);
  }

  #drawOutcome({ outcome, status }: ToolCall): void {
    // The approval above says already that it was denied, and why.
    const wanted = status === "denied" && this.#approval ? undefined : outcome;
    if (wanted === this.#drawn.outcome) return;
    this.#drawn.outcome = wanted;
    this.#result.replaceChildren(...(wanted ? this.#outcome(wanted) : []));
  }

  #outcome(outcome: Data): HTMLElement[] {
    const failed = str(outcome.error);
    if (failed) return [element("div", "failure plain", failed)];
    const label = element("div", "label", STRINGS.result);
    return [label, drawResult(outcome, this.#scene)];
  }

  #drawTime(call: ToolCall): void {
    const running = call.status === "running";
    if (running && !this.#timer) this.#since = Date.now();
    this.#tick(running);
    if (!running) setText(this.#time, duration(call.outcome?.duration_ms));
  }

  /** The log does not say when a call began, so the time shown is since it was seen. */
  #tick(running: boolean): void {
    if (running && this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = running ? setInterval(() => this.#showElapsed(), TICK) : undefined;
  }

  #showElapsed(): void {
    const seconds = Math.round((Date.now() - this.#since) / TICK);
    setText(this.#time, duration(seconds * TICK));
  }

  #drawApproval(approval: Approval | undefined, turn: Turn): void {
    if (!approval) return;
    if (!this.#approval) {
      this.#approval = new ApprovalCard(this.#scene);
      this.#question.append(this.#approval.element);
      this.element.open = true;
      this.#args.unfold(); // nobody approves what they cannot see
    }
    this.#approval.update(approval, turn, pending(turn).includes(approval));
  }
}

/** The bar of a running call. */
class Progress {
  readonly element = element("div", "progress");
  readonly #bar = element("progress");
  readonly #text = element("span", "dim");

  constructor() {
    this.#bar.max = 1;
    this.element.append(this.#bar, this.#text);
    show(this.element, false);
  }

  update({ progress, status, tool_name }: ToolCall): void {
    show(this.element, status === "running" && progress !== undefined);
    const { fraction, text } = dict(progress);
    if (typeof fraction === "number") this.#bar.value = fraction;
    else this.#bar.removeAttribute("value");
    setText(this.#text, oneLine(text, 200));
    this.#bar.setAttribute("aria-label", oneLine(tool_name, 80) || STRINGS.unnamedTool);
  }
}

/** What is over when it is first drawn is history: one line, a press away. */
function isOpenAtFirst({ status }: ToolCall): boolean {
  return status === "running" || status === "awaiting_approval" || status === "failed";
}

function approvalOf({ tool_call_id }: ToolCall, turn: Turn): Approval | undefined {
  const asked = [...turn.approvals.values()];
  return asked.findLast((approval) => approval.request.tool_call_id === tool_call_id);
}

function statusOf(status: string): string {
  const words: Readonly<Record<string, string>> = STRINGS.toolStatus;
  return (Object.hasOwn(words, status) && words[status]) || oneLine(status, 40);
}

function previewOf(args: Readonly<Record<string, unknown>>): string {
  const first = Object.values(args)[0];
  return first === undefined ? "" : oneLine(readable(first), 80);
}
