/**
 * Hold the conversation of one hub model, and talk with its kernel: `docs/comm.md` from the browser's
 * side.
 *
 * Its one law: whatever is lost, doubled or late on the way, the conversation is a prefix of the log.
 * A frame that leaves a gap is answered with `resync`; nothing is ever written to a synced trait.
 */

import { type Conversation, type Data, dict, int, list, str } from "../core/index";
import { Blobs } from "./blobs";
import { Held } from "./held";
import { type HostWord, hostWord, watchHost } from "./host";
import type { Answer, Errand, Link, LinkStatus, Reader, Wish } from "./link";
import { Liveness, type Silence } from "./liveness";
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
  readonly #outbox = new Outbox((message, buffers) => this.#ask(message, buffers));
  readonly #blobs = new Blobs((message) => this.#ask(message));
  /** Nobody waits for these, so a kernel that does not answer is not called silent. */
  readonly #assets = new Blobs((message) => this.#post(message), "asset", "name");
  readonly #liveness = new Liveness(
    () => this.#post({ t: "ping" }),
    () => this.#tell(),
  );
  #model: HubModel;
  readonly #held = new Held();
  #unwatch = () => {};
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
    const silence = silenceOf(this.#liveness.silence, hostWord(this.#model.widget_manager));
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

  get sessionId(): string {
    return trait(this.#model, "session_id");
  }

  get imageHosts(): readonly string[] {
    const hosts = this.#model.get("image_hosts");
    return Array.isArray(hosts) ? hosts.map((host) => str(host).toLowerCase()) : [];
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
    if (this.#readers.size === 0) this.#present();
    else {
      this.#greet();
      this.#watch();
    }
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
    if (first) this.#watch();
    if (!this.#liveness.waits) this.ping();
  }

  send(wish: Wish): Promise<Answer> {
    return this.#outbox.put((cid) => ({ t: "cmd", command: { ...wish, client_id: cid } }));
  }

  ask(errand: Errand, buffers: readonly ArrayBuffer[] = []): Promise<Answer> {
    return this.#outbox.put(() => ({ t: "ask", ...errand }), buffers);
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
    this.#unwatch();
    this.#liveness.stop();
  }

  /** The page says that its kernel is another one, or busy: see for ourselves. */
  #watch(): void {
    this.#unwatch();
    this.#unwatch = watchHost(this.#model.widget_manager, () => {
      if (hostWord(this.#model.widget_manager) === "idle") this.ping();
      this.#tell();
    });
  }

  /**
   * Say that there is a page, until its first view says hello: a host draws no cell that is out of
   * sight, and a cell that waits there must not take the page for absent.
   */
  #present(next = HELLO_AGAIN): void {
    clearTimeout(this.#hello);
    this.#post({ t: "ping" });
    this.#hello = setTimeout(() => this.#present(Math.min(2 * next, HELLO_EVERY)), next);
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
  #ask(message: object, buffers: readonly ArrayBuffer[] = []): void {
    this.#liveness.asked();
    this.#post(message, buffers);
  }

  /** A comm that the page has closed throws: its kernel is another one now. */
  #post(message: object, buffers: readonly ArrayBuffer[] = []): void {
    try {
      this.#model.send(message, undefined, buffers);
    } catch {
      this.#liveness.lost();
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
    else if (t === "end") this.#onEnd(message);
    else if (t === "page") this.#onPage(message);
    else if (t === "cmd_ack" || t === "answer") this.#onAnswer(message, buffers);
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

  #onAnswer({ cid, error, receipt, value }: Data, buffers: unknown): void {
    const { code, message: why } = dict(error);
    const done = receipt ? { receipt: dict(receipt) } : { value, buffers: list(buffers) };
    const answer = error ? { error: { code: str(code), message: str(why) } } : done;
    this.#outbox.acknowledged(str(cid), answer);
  }

  /** A last frame that was lost leaves no gap: the kernel says how far the log goes. */
  #onEnd({ seq }: Data): void {
    if (this.#held.lost) return;
    if ((int(seq) ?? 0) > this.conversation.seq) {
      this.#held.lose();
      this.#resync();
    } else this.#acknowledge();
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

/** What the kernel's silence means, given what the page knows of it. */
function silenceOf(silence: Silence, word: HostWord): Silence | "reconnecting" {
  if (word === "away") return "reconnecting";
  if (word === "dead") return "gone";
  if (silence === "none") return silence;
  // One that is idle would have answered: our end of it is gone. One that runs a cell is not.
  if (word === "idle") return "gone";
  return word === "busy" ? "busy" : silence;
}
