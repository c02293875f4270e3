/**
 * One turn: what was asked, what the agent did in its order, how it ended.
 *
 * Its one law: a message keeps its part, found by its id, for as long as the turn is shown.
 */

import type { Approval, Conversation, Message, Turn } from "../core/index";
import { pending } from "../core/index";
import { ApprovalCard } from "./approval";
import { arrange, element, show } from "./element";
import { Footer } from "./footer";
import { partFor } from "./parts";
import { Prompt } from "./prompt";
import type { Part, Scene } from "./scene";

/** The drawing of one turn. */
export class TurnView {
  readonly element = element("section", "turn");
  readonly #life = new AbortController();
  readonly #scene: Scene;
  readonly #prompt: Prompt;
  readonly #items = element("div", "items");
  readonly #pulse = element("div", "pulse", element("i"), element("i"), element("i"));
  readonly #footer: Footer;
  readonly #parts = new Map<string, Part>();
  readonly #questions = new Map<string, ApprovalCard>();
  #drawn: { turn?: Turn; waiting?: string | undefined } = {};

  constructor(outer: Scene) {
    const scene = { ...outer, signal: this.#life.signal };
    const end = { once: true, signal: scene.signal };
    outer.signal.addEventListener("abort", () => this.drop(), end);
    this.#scene = scene;
    this.#prompt = new Prompt(scene);
    this.#footer = new Footer(scene);
    this.#pulse.setAttribute("aria-hidden", "true");
    this.element.append(this.#prompt.element, this.#items, this.#pulse, this.#footer.element);
  }

  /** The turn is shown no longer: nothing of it is kept. */
  drop(): void {
    this.#life.abort();
  }

  /** Draw what differs from the last time. */
  update(turn: Turn, conversation: Conversation): void {
    const waiting = this.#scene.link.waiting;
    const same = turn === this.#drawn.turn && waiting === this.#drawn.waiting;
    if (!same) this.#draw(turn);
    const free = conversation.turns.live.length === 0 && !conversation.terminated;
    this.#prompt.allow(free);
    this.#footer.update(turn, conversation, free);
    this.#drawn = { turn, waiting };
  }

  #draw(turn: Turn): void {
    this.element.dataset.status = turn.status;
    this.#prompt.update(turn);
    const parts = turn.messages.map((message) => {
      const part = this.#parts.get(message.id) ?? this.#made(message);
      this.#parts.set(message.id, part);
      part.update(message, turn);
      return part.element;
    });
    arrange(this.#items, [...parts, ...this.#drawQuestions(turn)]);
    show(this.#pulse, isQuiet(turn));
  }

  #made(message: Message): Part {
    const part = partFor(message, this.#scene);
    if (message.kind === "text") part.element.dir = "auto";
    return part;
  }

  /** An approval belongs into its tool's card; one without a card stands at the end. */
  #drawQuestions(turn: Turn): HTMLElement[] {
    const homeless = [...turn.approvals.values()].filter((approval) => !hasHome(approval, turn));
    return homeless.map((approval) => {
      const card = this.#questions.get(approval.request_id) ?? new ApprovalCard(this.#scene);
      this.#questions.set(approval.request_id, card);
      card.element.classList.add("part", "card");
      card.update(approval, turn, pending(turn).includes(approval));
      return card.element;
    });
  }
}

function hasHome({ request, request_id }: Approval, turn: Turn): boolean {
  if (turn.tool_calls.has(String(request.tool_call_id))) return true;
  return turn.messages.some(
    ({ kind, data }) => kind === "reauth_request" && data.request_id === request_id,
  );
}

/** Whether the agent works and nothing on the screen moves. */
function isQuiet({ status, messages }: Turn): boolean {
  const last = messages.at(-1);
  return status === "running" && !(last?.status === "open" && last.text !== "");
}
