/**
 * One call of a tool: what was asked, where it stands, what came of it.
 *
 * Its one law: the arguments are shown whole, because a person approves what is shown.
 */

import type { Approval, Message, ToolCall, Turn } from "../core/index";
import { type Data, isEdited, pending, str } from "../core/index";
import { ApprovalCard } from "./approval";
import { Elapsed } from "./elapsed";
import { element, setText, show } from "./element";
import { LongText } from "./long";
import { Progress } from "./progress";
import { drawResult, drawTraceback, isRich } from "./result";
import type { Part, Scene } from "./scene";
import { STRINGS } from "./strings";
import { compact, duration, oneLine, readable } from "./words";

/** A card for one tool call, with its approval if it needs one. */
export class ToolPart implements Part {
  readonly element = element("details", "part card tool");
  readonly #scene: Scene;
  readonly #name = element("span", "name");
  readonly #preview = element("span", "preview dim");
  readonly #status = element("span", "status");
  readonly #time = element("span", "time dim");
  readonly #elapsed: Elapsed;
  readonly #label = element("div", "label");
  readonly #args: LongText;
  readonly #before: LongText;
  readonly #asked: HTMLElement;
  readonly #progress = new Progress();
  readonly #question = element("div");
  readonly #result = element("div");
  #approval: ApprovalCard | undefined;
  #drawn: { call?: ToolCall; outcome?: unknown } = {};

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#args = new LongText(scene.signal);
    const dot = element("span", "dot");
    const title = element("summary", "", dot, this.#name, this.#preview, this.#status, this.#time);
    this.#elapsed = new Elapsed(this.#time, scene.signal);
    this.#before = new LongText(scene.signal);
    const askedFor = element("summary", "", STRINGS.askedFor);
    this.#asked = element("details", "traceback", askedFor, this.#before.element);
    const args = element("div", "", this.#label, this.#args.element);
    const body = element("div", "body", args, this.#asked, this.#question);
    body.append(this.#progress.element, this.#result);
    this.element.append(title, body);
  }

  update(message: Message, turn: Turn): void {
    const call = turn.tool_calls.get(str(message.data.tool_call_id));
    if (!call) return;
    const approval = approvalOf(call, turn);
    if (!this.#drawn.call) this.element.open = isOpenAtFirst(call);
    this.#drawEdit(approval);
    this.#drawApproval(approval, turn);
    if (call !== this.#drawn.call) this.#drawCall(call);
    this.#drawn.call = call;
  }

  #drawCall(call: ToolCall): void {
    this.element.dataset.state = call.status;
    setText(this.#name, oneLine(call.tool_name, 80) || STRINGS.unnamedTool);
    setText(this.#status, statusOf(call.status));
    setText(this.#preview, previewOf(call.args));
    const empty = Object.keys(call.args).length === 0;
    // What somebody is asked about is not made shorter.
    const written = this.#approval ? readable(call.args) : compact(call.args);
    this.#args.update(empty ? STRINGS.noArguments : written);
    this.#args.element.classList.toggle("dim", empty);
    this.#progress.update(call);
    this.#drawOutcome(call);
    this.#drawTime(call);
  }

  #drawOutcome(call: ToolCall): void {
    const { outcome, status } = call;
    // The approval above says already that it was denied, and why.
    const wanted = status === "denied" && this.#approval ? undefined : outcome;
    if (wanted === this.#drawn.outcome) return;
    this.#drawn.outcome = wanted;
    this.#result.replaceChildren(...(wanted ? this.#outcome(wanted, call) : []));
  }

  #outcome(outcome: Data, { tool_name }: ToolCall): HTMLElement[] {
    const traceback = str(outcome.traceback);
    const folded = traceback ? [drawTraceback(traceback, this.#scene)] : [];
    const failed = str(outcome.error);
    if (failed) return [element("div", "failure plain", failed), ...folded];
    const label = element("div", "label", STRINGS.result);
    const name = oneLine(tool_name, 80) || STRINGS.unnamedTool;
    return [label, drawResult(outcome, name, this.#scene), ...folded];
  }

  #drawTime(call: ToolCall): void {
    if (call.status === "running") {
      this.#elapsed.start(call.began_at);
    } else {
      this.#elapsed.stop();
      setText(this.#time, duration(call.outcome?.duration_ms));
    }
  }

  /** Who changed the arguments is not the agent: both are shown. */
  #drawEdit(approval: Approval | undefined): void {
    const edited = approval !== undefined && isEdited(approval);
    show(this.#asked, edited);
    setText(this.#label, edited ? STRINGS.ranWith : STRINGS.arguments);
    if (edited) this.#before.update(readable(approval.request.args));
  }

  #drawApproval(approval: Approval | undefined, turn: Turn): void {
    if (!approval) return;
    if (!this.#approval) {
      this.#approval = new ApprovalCard(this.#scene, false);
      this.#question.append(this.#approval.element);
      this.element.open = true;
      this.#args.unfold(); // nobody approves what they cannot see
    }
    this.#approval.update(approval, turn, pending(turn).includes(approval));
  }
}

/** What is over when it is first drawn is history: one line, a press away; pictures are to be seen. */
function isOpenAtFirst({ status, outcome }: ToolCall): boolean {
  // An answer of a type is the reply itself.
  const isToSee = outcome !== undefined && (outcome.typed === true || isRich(outcome));
  return isToSee || ["running", "awaiting_approval", "failed"].includes(status);
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
