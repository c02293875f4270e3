/**
 * Events: the numbered, immutable facts that a session is made of.
 *
 * Wire names are kept.  What is not there is absent, never null.  An event's `data` may come from
 * anybody: read it through the checks of `json.ts`.  Twin: `src/cellspeak/core/events.py`.
 */

import type { Data } from "./json";

/** The words of the log, the wire and the view.  An unknown word is kept, never a crash. */
export const SESSION_EVENT_TYPES = [
  "session_created",
  "session_connected",
  "message_posted",
  "messages_posted",
  "participant_status",
  "message_delta",
  "message_streaming",
  "message_complete",
  "thinking",
  "tool_call",
  "tool_progress",
  "tool_result",
  "search_result",
  "approval_request",
  "approval_resolved",
  "reauth_request",
  "turn_cancelled",
  "head_changed",
  "usage",
  "note",
  "error",
  "session_terminated",
  "pong",
] as const;

/** A word of the log that this version knows. */
export type SessionEventType = (typeof SESSION_EVENT_TYPES)[number];

/** What the agent is doing, as `participant_status` tells it. */
export type ParticipantStatus =
  | "Idle"
  | "Processing"
  | "Offline"
  | "Connected"
  | "Typing"
  | "AwaitingApproval";

/** One fact about a session. */
export interface SessionEvent {
  /** A `SessionEventType`, or a word this version does not know. */
  readonly type: string;
  readonly session_id: string;
  /** 1, 2, 3, … within the session; absent on what belongs to a connection. */
  readonly seq?: number;
  readonly turn_id?: string;
  readonly message_id?: string;
  /** UTC, ISO 8601 with milliseconds; empty when it is not known. */
  readonly at: string;
  readonly data: Data;
}
