/**
 * The conversation: what the events of a session add up to.
 *
 * Values only, none of them ever changes; `fold.ts` makes them from events, `rules.ts` reads them.
 * Twin: `src/cellspeak/core/conversation.py`.
 */

import type { Data } from "./json";
import { Turns } from "./turns";

/** Where a turn stands. */
export type TurnStatus =
  | "queued"
  | "running"
  | "awaiting_approval"
  | "complete"
  | "failed"
  | "cancelled"
  | "interrupted";

/** One authored item, in the order of its appearance within the turn. */
export interface Message {
  readonly id: string;
  /** `text` (the reply), `thinking`, `tool_call`, or the type of the event that made it. */
  readonly kind: string;
  readonly text: string;
  /** `open` while it grows, then `closed`, `complete` or `interrupted`. */
  readonly status: string;
  readonly data: Data;
}

/** One call of a tool: what was asked, where it stands, what came of it. */
export interface ToolCall {
  readonly tool_call_id: string;
  readonly tool_name: string;
  readonly args: Data;
  /** `running awaiting_approval done failed denied cancelled`, or a word of a newer version. */
  readonly status: string;
  readonly progress?: Data;
  /** `result` or `error`, with `mime`, `duration_ms`, `truncated` where they came. */
  readonly outcome?: Data;
  /** When it began to run, after any approval; absent where the log has no times. */
  readonly began_at?: string;
}

/** A question to a person; pending while `resolution` is absent and its turn is open. */
export interface Approval {
  readonly request_id: string;
  readonly request: Data;
  readonly resolution?: Data;
}

/** One post by the user and all that the agent did until it was idle again. */
export interface Turn {
  readonly id: string;
  /** The turn it follows; absent for a first one. */
  readonly after?: string;
  /** The post's idempotency key: by it a sender finds the turn it asked for. */
  readonly client_id?: string;
  readonly author?: string;
  readonly status: TurnStatus;
  /** True once the agent went idle: nothing but the bill changes any more. */
  readonly idle: boolean;
  readonly posts: readonly Data[];
  readonly messages: readonly Message[];
  readonly tool_calls: ReadonlyMap<string, ToolCall>;
  readonly approvals: ReadonlyMap<string, Approval>;
  readonly usage?: Data;
}

/** All that a reader of the log knows.  Start with `emptyConversation()`, then `apply` of `fold.ts`. */
export interface Conversation {
  readonly seq: number;
  /** The turn that is shown last and continued. */
  readonly head?: string;
  /** The spec of the agent, from `session_created`. */
  readonly agent?: Data;
  readonly terminated: boolean;
  readonly turns: Turns<Turn>;
  /** What `remember` has allowed: `{tool_name}` or `{tool_name, args}`. */
  readonly grants: readonly Data[];
}

/** Return the conversation before its first event. */
export function emptyConversation(): Conversation {
  return { seq: 0, terminated: false, turns: new Turns(), grants: [] };
}
