/**
 * Hold the conversation of one hub model, and talk with its kernel: `docs/comm.md` from the browser's
 * side.
 *
 * Its one law: whatever is lost, doubled or late on the way, the conversation is a prefix of the log.
 * A frame that leaves a gap is answered with `resync`; nothing is ever written to a synced trait.
 */

import {
  type Conversation,
  type Data,
  decodeConversation,
  decodeTurns,
  dict,
  emptyConversation,
  FrameReader,
  fold,
  type SessionEvent,
  str,
  type Turn,
  Turns,
} from "../core/index";
import { Blobs } from "./blobs";
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
  readonly #liveness = new Liveness(
    () => this.#post({ t: "ping" }),
    () => this.#tell(),
  );
  #model: HubModel;
  #conversation = emptyConversation();
  #frames = new FrameReader();
  #incarnation: string | undefined;
  #more = false;
  #waiting: string | undefined;
  #paging = false;
  /** Frames are of no use until a `reset` came. */
  #lost = true;
  #hello: ReturnType<typeof setTimeout> | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;

  constructor(model: HubModel) {
    this.#model = model;
    model.on("msg:custom", this.#received);
  }

  get conversation(): Conversation {
    return this.#conversation;
  }

  get status(): LinkStatus {
    const silence = this.#liveness.silence;
    if (silence !== "none") return silence;
    return this.held ? "connected" : "connecting";
  }

  get held(): boolean {
    return this.#incarnation !== undefined;
  }

  get more(): boolean {
    return this.#more;
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
    this.#readers.add(reader);
    signal.addEventListener("abort", () => this.#leave(reader), { once: true });
    this.#greet();
    this.ping();
  }

  send(wish: Wish): Promise<Answer> {
    return this.#outbox.put(wish);
  }

  ping(): void {
    this.#ask({ t: "ping" });
  }

  page(): void {
    const [oldest] = this.#conversation.turns.keys();
    if (!this.#more || this.#paging || oldest === undefined) return;
    this.#paging = true;
    this.#ask({ t: "page", before: oldest });
  }

  blob(sha256: string): Promise<Blob> {
    return this.#blobs.get(sha256);
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
    if (this.#lost) this.#liveness.asked();
    if (this.#liveness.silence !== "none") this.#post({ t: "ping" });
    this.#post(this.#helloMessage());
    this.#hello = setTimeout(() => this.#greet(), this.#lost ? HELLO_AGAIN : HELLO_EVERY);
  }

  #helloMessage(): Data {
    const incarnation = this.#incarnation;
    if (incarnation === undefined) return { t: "hello", have: 0 };
    return { t: "hello", have: this.#lost ? 0 : this.#conversation.seq, incarnation };
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
      this.#lost = true; // what cannot be read is asked for again with the next `hello`
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
    else if (t === "blob") this.#blobs.arrived(message, buffers);
  }

  #onWaiting({ turn_id }: Data): void {
    this.#waiting = str(turn_id) || undefined;
    this.#tell();
  }

  #onEvents(message: Data): void {
    if (this.#lost) return;
    const events = this.#frames.read(message, this.#conversation);
    if (events) this.#grow(events);
    else this.#resync();
  }

  #grow(events: readonly SessionEvent[]): void {
    this.#conversation = fold(events, this.#conversation);
    this.#acknowledge();
    if (events.length > 0) this.#tell();
  }

  #resync(): void {
    this.#lost = true;
    this.#ask({ t: "resync", have: this.#conversation.seq });
    clearTimeout(this.#hello);
    this.#hello = setTimeout(() => this.#greet(), HELLO_AGAIN);
  }

  #onReset(message: Data): void {
    const incarnation = String(message.incarnation);
    const same = incarnation === this.#incarnation;
    const next = decodeConversation(message.conversation);
    // Another page's `resync` brings a reset here, too; one that says nothing new is no news.
    if (!same || this.#lost || next.seq > this.#conversation.seq) this.#start(next, same, message);
    this.#frames = new FrameReader(trait(this.#model, "session_id"));
    this.#incarnation = incarnation;
    this.#lost = false;
    this.#acknowledge();
    this.#tell();
  }

  /** Older turns that were paged in stay, unless the log is another one. */
  #start(next: Conversation, same: boolean, message: Data): void {
    const older = same ? this.#conversation.turns : new Turns<Turn>();
    const turns = inOrder(older, next.turns);
    this.#more = message.more === true && (!same || this.#more || older.size === 0);
    this.#conversation = { ...next, turns };
  }

  #onPage(message: Data): void {
    this.#paging = false;
    this.#more = message.more === true;
    const turns = inOrder(decodeTurns(message.turns), this.#conversation.turns);
    this.#conversation = { ...this.#conversation, turns };
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
    this.#post({ t: "ack", seq: this.#conversation.seq });
  }

  #tell(): void {
    for (const reader of this.#readers) reader.changed();
  }
}

/** All turns, the older ones first; where both have one, the newer drawing of it counts. */
function inOrder(older: Turns<Turn>, newer: Turns<Turn>): Turns<Turn> {
  let turns = new Turns<Turn>();
  for (const [id, turn] of older) if (!newer.has(id)) turns = turns.put(id, turn, turn.idle);
  for (const [id, turn] of newer) turns = turns.put(id, turn, turn.idle);
  return turns;
}
