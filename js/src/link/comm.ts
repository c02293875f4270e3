/**
 * Hold the conversation of one hub model, and talk with its kernel: `docs/comm.md` from the browser's
 * side.
 *
 * Its one law: whatever is lost, doubled or late on the way, the conversation is a prefix of the log.
 * A frame that leaves a gap is answered with `resync`; nothing is ever written to a synced trait.
 */

import { type Conversation, type Data, dict, str } from "../core/index";
import { Blobs } from "./blobs";
import { Held } from "./held";
import type { Answer, Link, LinkStatus, Reader, Wish } from "./link";
import { Liveness } from "./liveness";
import { type HubModel, trait } from "./model";
import { Outbox } from "./outbox";

const HELLO_EVERY = 10_000;
/** A first `hello` may have been sent before the kernel's side listened. */
const HELLO_AGAIN = 3_000;
/** When nobody looks, the kernel's next frame waits this long. */
const ACK_UNSEEN = 1_000;

/** The link of one hub model. Make it with `linkFor`, so that a page has one per hub. */
export class CommLink implements Link {
  readonly #readers = new Set<Reader>();
  readonly #outbox = new Outbox((message) => this.#ask(message));
  readonly #blobs = new Blobs((message) => this.#ask(message));
  /** Nobody waits for these, so a kernel that does not answer is not called silent. */
  readonly #assets = new Blobs((message) => this.#post(message), "asset", "name");
  readonly #liveness = new Liveness(
    () => this.#post({ t: "ping" }),
    () => this.#tell(),
  );
  #model: HubModel;
  readonly #held = new Held();
  #waiting: string | undefined;
  #away = false;
  #paging = false;
  #hello: ReturnType<typeof setTimeout> | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;

  constructor(model: HubModel) {
    this.#model = model;
    model.on("msg:custom", this.#received);
  }

  get conversation(): Conversation {
    return this.#held.conversation;
  }

  get status(): LinkStatus {
    const silence = this.#liveness.silence;
    if (silence !== "none") return silence;
    if (!this.held) return "connecting";
    return this.#away ? "away" : "connected";
  }

  get held(): boolean {
    return this.#held.incarnation !== undefined;
  }

  get more(): boolean {
    return this.#held.more;
  }

  get waiting(): string | undefined {
    return this.#waiting;
  }

  get agentName(): string {
    return trait(this.#model, "agent_name");
  }

  get resumeLine(): string {
    return trait(this.#model, "resume_line");
  }

  /** Talk through `model` from now on: the page made it anew for the same hub. */
  attach(model: HubModel): void {
    this.#model.off("msg:custom", this.#received);
    this.#model = model;
    model.on("msg:custom", this.#received);
    if (this.#readers.size > 0) this.#greet();
  }

  /** Whether `model` is the one that this link talks through. */
  talksThrough(model: HubModel): boolean {
    return this.#model === model;
  }

  /** The model is gone for good. */
  close(): void {
    this.#model.off("msg:custom", this.#received);
    this.#rest();
    this.#outbox.close();
  }

  subscribe(reader: Reader, signal: AbortSignal): void {
    if (signal.aborted) return;
    const first = this.#readers.size === 0;
    this.#readers.add(reader);
    signal.addEventListener("abort", () => this.#leave(reader), { once: true });
    // Thirty cells are drawn at once when a notebook opens: one snapshot serves them all.
    if (first || !this.#held.lost) this.#greet();
    if (!this.#liveness.waits) this.ping();
  }

  send(wish: Wish): Promise<Answer> {
    return this.#outbox.put(wish);
  }

  ping(): void {
    this.#ask({ t: "ping" });
  }

  page(): void {
    const [oldest] = this.conversation.turns.keys();
    if (!this.more || this.#paging || oldest === undefined) return;
    this.#paging = true;
    this.#ask({ t: "page", before: oldest });
  }

  blob(sha256: string): Promise<Blob> {
    return this.#blobs.get(sha256);
  }

  asset(name: string): Promise<Blob> {
    return this.#assets.get(name);
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#rest();
  }

  #rest(): void {
    clearTimeout(this.#hello);
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#liveness.stop();
  }

  /** Say that a view is shown, now and every ten seconds. */
  #greet(): void {
    clearTimeout(this.#hello);
    this.#paging = false;
    if (this.#held.lost) this.#liveness.asked();
    if (this.#liveness.silence !== "none") this.#post({ t: "ping" });
    this.#post(this.#held.hello);
    this.#hello = setTimeout(() => this.#greet(), this.#held.lost ? HELLO_AGAIN : HELLO_EVERY);
  }

  /** Send what the kernel will answer. */
  #ask(message: object): void {
    this.#liveness.asked();
    this.#post(message);
  }

  /** A comm that the page has closed throws; the kernel's silence then says it all. */
  #post(message: object): void {
    try {
      this.#model.send(message);
    } catch {
      this.#liveness.asked();
    }
  }

  readonly #received = (content: unknown, buffers: unknown): void => {
    const message = dict(content);
    this.#liveness.heard();
    try {
      this.#take(message, buffers);
    } catch {
      this.#held.lose(); // what cannot be read is asked for again with the next `hello`
    }
    if (this.#outbox.waits) this.#liveness.asked();
  };

  #take(message: Data, buffers: unknown): void {
    const { t } = message;
    if (t === "events") this.#onEvents(message);
    else if (t === "reset") this.#onReset(message);
    else if (t === "page") this.#onPage(message);
    else if (t === "cmd_ack") this.#onAck(message);
    else if (t === "waiting") this.#onWaiting(message);
    else if (t === "server") this.#onServer(message);
    else if (t === "blob") this.#blobs.arrived(message, buffers);
    else if (t === "asset") this.#assets.arrived(message, buffers);
  }

  #onWaiting({ turn_id }: Data): void {
    this.#waiting = str(turn_id) || undefined;
    this.#tell();
  }

  #onServer({ lost }: Data): void {
    this.#away = lost === true;
    this.#tell();
  }

  #onEvents(message: Data): void {
    if (this.#held.lost) return;
    const taken = this.#held.events(message);
    if (taken === "lost") this.#resync();
    else this.#acknowledge();
    if (taken === "new") this.#tell();
  }

  #resync(): void {
    this.#ask({ t: "resync", have: this.conversation.seq });
    clearTimeout(this.#hello);
    this.#hello = setTimeout(() => this.#greet(), HELLO_AGAIN);
  }

  #onReset(message: Data): void {
    this.#held.reset(message, trait(this.#model, "session_id"));
    this.#away = false; // said again after each `reset` while it is so
    this.#acknowledge();
    this.#tell();
  }

  #onPage(message: Data): void {
    this.#paging = false;
    this.#held.page(message);
    this.#tell();
  }

  #onAck(message: Data): void {
    const { error, receipt } = message;
    const { code, message: why } = dict(error);
    const answer = error
      ? { error: { code: str(code), message: str(why) } }
      : { receipt: dict(receipt) };
    this.#outbox.acknowledged(str(message.cid), answer);
  }

  /** At once while somebody looks; later, the kernel joins what comes meanwhile into one frame. */
  #acknowledge(): void {
    const seen = [...this.#readers].some((reader) => reader.shown());
    if (seen) this.#sendAck();
    else this.#late ??= setTimeout(() => this.#sendAck(), ACK_UNSEEN);
  }

  #sendAck(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#post({ t: "ack", seq: this.conversation.seq });
  }

  #tell(): void {
    for (const reader of this.#readers) reader.changed();
  }
}
