/**
 * A kernel in the page: it keeps a log and speaks `docs/comm.md`, for tests and for the harness.
 *
 * Its one law: it knows nothing of the view; what it says is what a real kernel would say. A test may
 * lose, double or reorder its frames with `deliver`.
 */

import type { Data, SessionEvent } from "../src/core/index";
import { emptyConversation, encode, fold } from "../src/core/index";
import type { HubModel } from "../src/link/model";

type Listener = (...args: unknown[]) => void;

/** What a script says of an event: the kernel adds number, session and time. */
export interface Said {
  readonly type: string;
  readonly turn?: string;
  readonly message?: string;
  readonly data?: Data;
  readonly at?: string;
}

export const SESSION = "s1";

export class Kernel implements HubModel {
  readonly traits: Record<string, unknown>;
  /** All that came up, as it came. */
  readonly heard: Data[] = [];
  /** A kernel that is busy or gone hears and says nothing. */
  silent = false;
  incarnation = "i1";
  more = false;
  /** The files that it has beside the bundle. */
  readonly assets = new Map<string, Uint8Array>();
  /** What to do with a command; the default takes everything. */
  answer: (command: Data) => Data = () => ({ receipt: { session_id: SESSION, seq: this.seq } });
  /** What an errand brings; the default knows none. */
  errand: (ask: Data, buffers: readonly ArrayBuffer[]) => Data = () => ({
    error: { code: "protocol", message: "no such errand" },
  });
  /** The page's widget manager, where it has one. */
  widget_manager: unknown = undefined;
  /** How messages reach the page; a test may lose or double them here. */
  deliver: (message: Data, pass: (message: Data) => void) => void = (message, pass) =>
    pass(message);
  #log: SessionEvent[] = [];
  readonly #listeners = new Set<Listener>();

  constructor(traits: Record<string, unknown> = {}) {
    this.traits = {
      hub_id: `hub-${Math.random()}`,
      session_id: SESSION,
      agent_name: "Researcher",
      resume_line: "%load_ext cellspeak\n%chat resume s1",
      static_class: "cs-static-1",
      ...traits,
    };
    this.#log.push(event(1, { type: "session_created", data: { agent: { name: "Researcher" } } }));
  }

  get seq(): number {
    return this.#log.length;
  }

  get conversation() {
    return fold(this.#log, emptyConversation());
  }

  get(name: string): unknown {
    return this.traits[name];
  }

  on(name: string, listener: Listener): void {
    if (name === "msg:custom") this.#listeners.add(listener);
  }

  off(name: string, listener: Listener): void {
    if (name === "msg:custom") this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** The messages of one type that came up. */
  heardOf(t: string): Data[] {
    return this.heard.filter((message) => message.t === t);
  }

  send(content: unknown, _callbacks?: unknown, buffers: readonly ArrayBuffer[] = []): void {
    const message = JSON.parse(JSON.stringify(content)) as Data;
    this.heard.push(message);
    if (!this.silent) this.#react(message, buffers);
  }

  /** Say how far the log goes. */
  end(): void {
    this.down({ t: "end", seq: this.seq });
  }

  /** Commit events and send them in one frame. */
  say(...said: readonly Said[]): void {
    const first = this.seq + 1;
    this.write(...said);
    this.down(this.frame(first));
  }

  /** Commit events without sending them. */
  write(...said: readonly Said[]): void {
    for (const one of said) this.#log.push(event(this.seq + 1, one));
  }

  /** The frame of the events from `first` to `last`, each of them whole. */
  frame(first: number, last: number = this.seq): Data {
    const items = this.#log.slice(first - 1, last).map(({ session_id: _, ...item }) => item);
    return { t: "events", first, seq: last, items };
  }

  reset(): Data {
    const { incarnation, seq, more } = this;
    return { t: "reset", incarnation, seq, conversation: encode(this.conversation), more };
  }

  /** Send one message to the page, later, as a comm does. */
  down(message: Data): void {
    this.deliver(JSON.parse(JSON.stringify(message)) as Data, (passed) => this.#pass(passed));
  }

  /** Send one message with a buffer. */
  downWith(message: Data, bytes: Uint8Array): void {
    this.#pass(message, [new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
  }

  #pass(message: Data, buffers: readonly DataView[] = []): void {
    for (const listener of [...this.#listeners]) listener(message, buffers);
  }

  #hand(name: string): void {
    const bytes = this.assets.get(name);
    if (bytes) this.downWith({ t: "asset", name }, bytes);
    else this.down({ t: "asset", name, error: `expected a file; there is no ${name}` });
  }

  #react(message: Data, buffers: readonly ArrayBuffer[]): void {
    const { t, have, incarnation, cid, command } = message;
    if (t === "ping") this.down({ t: "pong" });
    if (t === "resync" || (t === "hello" && (have === 0 || incarnation !== this.incarnation))) {
      this.down(this.reset());
    } else if (t === "hello" && Number(have) < this.seq) this.down(this.frame(Number(have) + 1));
    if (t === "asset") this.#hand(String(message.name));
    if (t === "ask") this.down({ t: "answer", cid, ...this.errand(message, buffers) });
    if (t === "cmd") this.down({ t: "cmd_ack", cid, ...this.answer(command as Data) });
  }
}

function event(seq: number, { type, turn, message, data = {}, at }: Said): SessionEvent {
  return {
    type,
    session_id: SESSION,
    seq,
    at: at ?? new Date(Date.UTC(2026, 10, 22, 14, 3, seq)).toISOString(),
    data,
    ...(turn !== undefined && { turn_id: turn }),
    ...(message !== undefined && { message_id: message }),
  };
}
