/**
 * What a view may ask of whatever carries the conversation: the browser's `Transport`.
 *
 * Its one law: a link never throws at a view; what went wrong comes back as a status or as the
 * `error` of an answer. `comm.ts` is the implementation for notebooks.
 */

import type { Command, Conversation } from "../core/index";

/**
 * `connecting` until the first snapshot; `busy` after 3 s, `gone` after 10 s without an answer, or
 * at once where the page knows it. Where it does not, a kernel that runs a long cell and one that was
 * restarted look the same. `reconnecting`: the page has lost its server. `away`: the kernel is there
 * and tries to reach the server that has the session.
 */
export type LinkStatus = "connecting" | "connected" | "away" | "busy" | "reconnecting" | "gone";

/** A command as a view writes it: the link adds `client_id`, the kernel `session_id`. */
export type Wish = Wished<Command>;
type Wished<C> = C extends Command ? Omit<C, "client_id" | "session_id"> : never;

/** What the kernel said to a command. Without `error` it was taken, and the log shows what came of it. */
export interface Answer {
  readonly error?: { readonly code: string; readonly message: string };
  readonly receipt?: Readonly<Record<string, unknown>>;
  /** What an errand brought. */
  readonly value?: unknown;
  readonly buffers?: readonly unknown[];
}

/** Something besides the conversation, see `docs/comm.md`. */
export interface Errand {
  readonly what: "sessions" | "resume" | "new" | "forget" | "agents" | "export" | "part" | "insert";
  readonly [field: string]: unknown;
}

/** One who draws the conversation. */
export interface Reader {
  /** Something differs from before: conversation, status or `waiting`. Called often; draw later. */
  changed(): void;
  /** Whether a person can see it now. When nobody looks, the kernel is asked to send less often. */
  shown(): boolean;
}

/** A conversation, kept up to date, and the way to answer it. */
export interface Link {
  /** Replaced, never changed: compare by identity. */
  readonly conversation: Conversation;
  readonly status: LinkStatus;
  /** Whether a snapshot came: before that nobody knows what was said. */
  readonly held: boolean;
  /** Older turns exist than those held; `page` asks for them. */
  readonly more: boolean;
  /** The turn that a blocked cell waits for. */
  readonly waiting: string | undefined;
  readonly sessionId: string;
  readonly agentName: string;
  /** Hosts whose pictures a person allows to be fetched; `*.example.org` for all below. */
  readonly imageHosts: readonly string[];
  /** The line that takes the conversation up again in a restarted kernel. */
  readonly resumeLine: string;

  /** Tell `reader` of changes until `signal` aborts. The kernel is told that a view was drawn. */
  subscribe(reader: Reader, signal: AbortSignal): void;
  /** Send a command until it is answered; never rejects. */
  send(wish: Wish): Promise<Answer>;
  /** Have an errand done; never rejects. */
  ask(errand: Errand, buffers?: readonly ArrayBuffer[]): Promise<Answer>;
  /** Ask whether the kernel is there. Call after a click. */
  ping(): void;
  /** Ask for older turns. */
  page(): void;
  /** Fetch what an event names as `{blob: sha256}`. Rejects with one sentence for a person. */
  blob(sha256: string): Promise<Blob>;
  /** Fetch a file of this package that no notebook stores, see `view/more.ts`. Rejects as `blob`. */
  asset(name: string): Promise<Blob>;
}
