/**
 * Fold the event log into a conversation.
 *
 * `apply` is total: it never throws and never mutates.  An event at or below `seq` changes nothing;
 * one that leaves a gap is not applied, and `leavesGap` says so beforehand.  What an event does
 * within its turn is in `foldTurn.ts`.
 * Twin: `src/cellspeak/core/fold.py`; both are held to `conformance/fold.json`.
 */

import { type Conversation, emptyConversation, type Turn } from "./conversation";
import type { SessionEvent } from "./events";
import { closed, step } from "./foldTurn";
import { type Data, dict, get, int, isObject, list, opt, str } from "./json";

/** What an event changes in a conversation, besides its `seq`. */
type Changes = Partial<Conversation>;

/** These carry the whole text of a message, so the deltas before them may be missing. */
const COVERS: ReadonlySet<string> = new Set(["message_streaming", "message_complete"]);

/** Return the conversation after *events*, read in ascending `seq`, from *start* on. */
export function fold(
  events: Iterable<SessionEvent>,
  start: Conversation = emptyConversation(),
): Conversation {
  let conversation = start;
  for (const event of events) conversation = apply(conversation, event);
  return conversation;
}

/**
 * Tell whether events are missing between *conversation* and *event*.
 *
 * A message's whole text may cover the deltas before it (`first`): then their absence is no gap.
 */
export function leavesGap(conversation: Conversation, event: SessionEvent): boolean {
  if (event.seq === undefined || event.seq <= conversation.seq + 1) return false;
  const first = COVERS.has(event.type) ? int(get(event.data, "first")) : undefined;
  return first === undefined || first > conversation.seq + 1;
}

/** Return *conversation* with one more event taken into account. */
export function apply(conversation: Conversation, event: SessionEvent): Conversation {
  const { seq } = event;
  if (seq === undefined || seq <= conversation.seq || leavesGap(conversation, event)) {
    return conversation;
  }
  const change = ON_SESSION.get(event.type) ?? inTurn;
  return { ...conversation, seq, ...change(conversation, event) };
}

function inTurn(c: Conversation, event: SessionEvent): Changes {
  const turn = c.turns.get(event.turn_id ?? "");
  if (turn === undefined || (turn.idle && event.type !== "usage")) {
    return {}; // after Idle nothing changes but the bill
  }
  let changed = step(turn, event);
  if (turn.status === "queued" && changed.status === "cancelled") {
    changed = closed(changed); // it has not begun, so there is no Idle to come
  }
  const turns = c.turns.put(turn.id, changed, changed.idle);
  if (event.type !== "approval_resolved") return { turns };
  return { turns, grants: [...c.grants, ...granted(turn, event)] };
}

/** Return what the first answer to an approval allows from now on. */
function granted(before: Turn, event: SessionEvent): readonly Data[] {
  const approval = before.approvals.get(str(get(event.data, "request_id")));
  if (approval === undefined || approval.resolution !== undefined) return [];
  const tool_name = opt(get(approval.request, "tool_name"));
  if (get(event.data, "approved") !== true || tool_name === undefined) return [];
  const remember = get(event.data, "remember");
  if (remember === "tool") return [{ tool_name }];
  const ran = get(event.data, "args");
  const args = isObject(ran) ? ran : dict(get(approval.request, "args"));
  return remember === "args" ? [{ tool_name, args }] : [];
}

function created(_c: Conversation, event: SessionEvent): Changes {
  const agent = get(event.data, "agent");
  return isObject(agent) ? { agent } : {};
}

function terminated(): Changes {
  return { terminated: true };
}

function posted(c: Conversation, event: SessionEvent): Changes {
  const id = event.turn_id;
  if (!id || c.turns.has(id)) return {};
  const after = opt(get(event.data, "after_turn"));
  const client_id = opt(get(event.data, "client_id"));
  const author = opt(get(event.data, "author"));
  const turn: Turn = {
    id,
    ...(after !== undefined && { after }),
    ...(client_id !== undefined && { client_id }),
    ...(author !== undefined && { author }),
    status: "queued",
    idle: false,
    posts: list(get(event.data, "messages")).map(dict),
    messages: [],
    tool_calls: new Map(),
    approvals: new Map(),
  };
  return { head: id, turns: c.turns.put(id, turn) };
}

function headChanged(c: Conversation, event: SessionEvent): Changes {
  const head = opt(get(event.data, "turn_id"));
  return head !== undefined && c.turns.has(head) ? { head } : {};
}

/** A map and no object: a hostile type such as `constructor` has no rule. */
const ON_SESSION: ReadonlyMap<string, (c: Conversation, event: SessionEvent) => Changes> = new Map([
  ["session_created", created],
  ["session_terminated", terminated],
  ["message_posted", posted],
  ["messages_posted", posted],
  ["head_changed", headChanged],
]);
