/**
 * Commands: the wishes a reader sends to the engine, in their wire form.
 *
 * Each is idempotent by its own `client_id`: sending it twice is sending it once.
 * Twin: `src/cellspeak/core/commands.py`.
 */

import type { Data } from "./json";

interface Wish {
  /** Absent on the comm: a hub has one session, and the kernel adds it. */
  readonly session_id?: string;
  readonly client_id: string;
}

/** Make a session; its id is in the receipt. */
export interface Create extends Wish {
  readonly type: "create";
  readonly agent: Data;
  readonly owner?: string;
  readonly labels?: Data;
}

/** Ask something: one or more messages that make one turn. */
export interface Post extends Wish {
  readonly type: "post";
  /** Each `{content, files?: [{name, mime, data: base64}]}`; ids are given by the engine. */
  readonly messages: readonly Data[];
  readonly author?: string;
  /** The turn this one follows.  Absent: the head.  An older one starts a branch. */
  readonly after_turn?: string;
  /** True starts a new root; `after_turn` is then ignored. */
  readonly root?: boolean;
  readonly on_approval?: "ask" | "deny" | "allow";
}

/** Answer an approval (or a sign-in request). */
export interface Respond extends Wish {
  readonly type: "respond";
  readonly request_id: string;
  readonly approved: boolean;
  /** The whole arguments that shall run; absent: those that were asked for. */
  readonly args?: Data;
  /** Echo of the request's digest; when it comes, it must match. */
  readonly args_digest?: string;
  readonly deny_reason?: string;
  readonly remember?: "tool" | "args";
  readonly by?: Data;
}

/** Stop a turn, running or queued.  Without `turn_id`: the running one. */
export interface Cancel extends Wish {
  readonly type: "cancel";
  readonly turn_id?: string;
  readonly reason?: string;
  readonly by?: Data;
}

/** Show and continue another branch. */
export interface SetHead extends Wish {
  readonly type: "set_head";
  readonly turn_id: string;
}

/** End the session for good; only a tombstone stays. */
export interface Terminate extends Wish {
  readonly type: "terminate";
  readonly reason?: string;
}

/** Any wish. */
export type Command = Create | Post | Respond | Cancel | SetHead | Terminate;

/** The engine's word that a command was taken: nothing is lost from here on. */
export interface Receipt {
  readonly session_id: string;
  readonly seq?: number;
  readonly turn_id?: string;
}
