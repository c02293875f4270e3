/**
 * Fold the event log into a conversation.
 *
 * `apply` is total: it never throws and never mutates.  An event at or below `seq` changes nothing;
 * one that leaves a gap is not applied, and `leavesGap` says so beforehand.
 * Twin: `src/cellspeak/core/fold.py`; both are held to `conformance/fold.json`.
 */

import type { Conversation, Message, ToolCall, Turn, TurnStatus } from "./conversation";
import { emptyConversation } from "./conversation";
import type { SessionEvent } from "./events";
import type { Data } from "./json";
import { dict, get, int, isObject, list, opt, str, without } from "./json";
import { ended } from "./rules";

type Edit<T> = (value: T) => T;

/** These carry the whole text of a message, so the deltas before them may be missing. */
const COVERS: ReadonlySet<string> = new Set(["message_streaming", "message_complete"]);
const CALL_OPEN: ReadonlySet<string> = new Set(["running", "awaiting_approval"]);
const LIVE_STATUS: ReadonlyMap<string, TurnStatus> = new Map<string, TurnStatus>([
  ["Processing", "running"],
  ["AwaitingApproval", "awaiting_approval"],
]);

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
  if (!COVERS.has(event.type)) return true;
  return int(get(event.data, "first"), event.seq) > conversation.seq + 1;
}

/** Return *conversation* with one more event taken into account. */
export function apply(conversation: Conversation, event: SessionEvent): Conversation {
  const { seq } = event;
  if (seq === undefined || seq <= conversation.seq || leavesGap(conversation, event)) {
    return conversation;
  }
  const next = { ...conversation, seq };
  const change = ON_SESSION.get(event.type);
  return change === undefined ? applyToTurn(next, event) : change(next, event);
}

function applyToTurn(c: Conversation, event: SessionEvent): Conversation {
  const turn = c.turns.get(event.turn_id ?? "");
  if (turn === undefined || (turn.idle && event.type !== "usage")) {
    return c; // after Idle nothing changes but the bill
  }
  const changed = settled((ON_TURN.get(event.type) ?? addItem)(turn, event), turn);
  const turns = c.turns.put(turn.id, changed, changed.idle);
  return { ...c, turns, grants: granted(c.grants, turn, event) };
}

/** A turn that is cancelled while it waits has nothing that could go idle: it ends right there. */
function settled(changed: Turn, before: Turn): Turn {
  const unstarted = before.status === "queued" && changed.status === "cancelled";
  return unstarted ? closed(changed) : changed;
}

function created(c: Conversation, event: SessionEvent): Conversation {
  const agent = get(event.data, "agent");
  return isObject(agent) ? { ...c, agent } : c;
}

function terminated(c: Conversation): Conversation {
  return { ...c, terminated: true };
}

function posted(c: Conversation, event: SessionEvent): Conversation {
  const id = event.turn_id;
  if (!id || c.turns.has(id)) return c;
  // Absent is "after the head"; null is "after nothing": a branch of the very first turn.
  const after = Object.hasOwn(event.data, "after_turn")
    ? opt(get(event.data, "after_turn"))
    : c.head;
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
  return { ...c, head: id, turns: c.turns.put(id, turn) };
}

function headChanged(c: Conversation, event: SessionEvent): Conversation {
  const head = opt(get(event.data, "turn_id"));
  return head !== undefined && c.turns.has(head) ? { ...c, head } : c;
}

function granted(grants: readonly Data[], before: Turn, event: SessionEvent): readonly Data[] {
  if (event.type !== "approval_resolved" || get(event.data, "approved") !== true) return grants;
  const approval = before.approvals.get(str(get(event.data, "request_id")));
  const remember = get(event.data, "remember");
  if (approval === undefined || approval.resolution !== undefined) return grants;
  const tool_name = opt(get(approval.request, "tool_name"));
  if (tool_name === undefined || (remember !== "tool" && remember !== "args")) return grants;
  if (remember === "tool") return [...grants, { tool_name }];
  const args = get(event.data, "args");
  return [
    ...grants,
    { tool_name, args: isObject(args) ? args : dict(get(approval.request, "args")) },
  ];
}

function status(turn: Turn, event: SessionEvent): Turn {
  const word = str(get(event.data, "status"));
  if (word === "Idle") return closed(turn);
  const live = LIVE_STATUS.get(word);
  return live === undefined || ended(turn) ? turn : { ...turn, status: live };
}

/** After Idle nothing is open, whatever the log forgot to close. */
function closed(turn: Turn): Turn {
  const calls = [...turn.tool_calls].map(([key, call]): [string, ToolCall] => [
    key,
    CALL_OPEN.has(call.status) ? { ...call, status: "cancelled" } : call,
  ]);
  const messages = turn.messages.map((m) =>
    m.status === "open" ? { ...m, status: "interrupted" } : m,
  );
  const status = ended(turn) ? turn.status : howItBroke(turn);
  return { ...turn, status, idle: true, messages, tool_calls: new Map(calls) };
}

function howItBroke(turn: Turn): TurnStatus {
  const kinds = new Set(turn.messages.map((m) => m.kind));
  if (kinds.has("turn_cancelled")) return "cancelled";
  return kinds.has("error") ? "failed" : "interrupted";
}

function delta(turn: Turn, event: SessionEvent): Turn {
  const piece = str(get(event.data, "delta"));
  return edit(turn, event, "text", (m) => ({ ...m, text: m.text + piece }));
}

function streaming(turn: Turn, event: SessionEvent): Turn {
  const text = str(get(event.data, "text"));
  const status = get(event.data, "closed") === true ? "closed" : "open";
  return edit(turn, event, "text", (m) => ({ ...m, text, status }));
}

function complete(before: Turn, event: SessionEvent): Turn {
  const word = Object.hasOwn(event.data, "status") ? get(event.data, "status") : "complete";
  const whole = word === "complete";
  const turn = { ...before, status: whole ? "complete" : howItBroke(before) } as const;
  const text = str(get(event.data, "text"));
  if (text === "" && !has(turn, event.message_id)) return turn; // a turn may end without a word
  const status = whole ? "complete" : "interrupted";
  return edit(turn, event, "text", (m) => ({ ...m, text, status }), true);
}

function thinking(turn: Turn, event: SessionEvent): Turn {
  const piece = str(get(event.data, "text"));
  const status = get(event.data, "done") === true ? "closed" : "open";
  const extra = without(event.data, "text", "done");
  return edit(turn, event, "thinking", (m) => ({
    ...m,
    text: m.text + piece,
    status,
    data: { ...m.data, ...extra },
  }));
}

function toolCall(turn: Turn, event: SessionEvent): Turn {
  const tool_call_id = str(get(event.data, "tool_call_id"));
  const known = turn.tool_calls.get(tool_call_id);
  const old = known ?? { tool_call_id, tool_name: "", args: {}, status: "running" };
  const args = get(event.data, "args");
  const call: ToolCall = {
    ...old,
    tool_name: str(get(event.data, "tool_name"), old.tool_name),
    args: isObject(args) ? args : old.args,
    status: str(get(event.data, "status"), old.status),
  };
  const tool_calls = new Map(turn.tool_calls).set(tool_call_id, call);
  const changed = { ...turn, tool_calls };
  return known === undefined ? withItem(changed, event, { tool_call_id }) : changed;
}

function toolProgress(turn: Turn, event: SessionEvent): Turn {
  const progress = without(event.data, "tool_call_id");
  return editCall(turn, get(event.data, "tool_call_id"), (call) => ({ ...call, progress }));
}

function toolResult(turn: Turn, event: SessionEvent): Turn {
  const outcome = without(event.data, "tool_call_id", "tool_name");
  return editCall(turn, get(event.data, "tool_call_id"), (call) => ({ ...call, outcome }));
}

function requested(before: Turn, event: SessionEvent): Turn {
  const request_id = str(get(event.data, "request_id"));
  if (before.approvals.has(request_id)) return before;
  const turn = event.type === "reauth_request" ? addItem(before, event) : before;
  const approval = { request_id, request: event.data };
  return { ...turn, approvals: new Map(turn.approvals).set(request_id, approval) };
}

function resolved(before: Turn, event: SessionEvent): Turn {
  const approval = before.approvals.get(str(get(event.data, "request_id")));
  if (approval === undefined || approval.resolution !== undefined) return before;
  const resolution = { ...without(event.data, "request_id", "tool_call_id"), at: event.at };
  const answered = { ...approval, resolution };
  const approvals = new Map(before.approvals).set(approval.request_id, answered);
  const turn = { ...before, approvals };
  const args = get(event.data, "args");
  if (get(event.data, "approved") !== true || !isObject(args)) return turn;
  // The call is the one that was asked about, whatever the answer names.
  return editCall(turn, get(approval.request, "tool_call_id"), (call) => ({ ...call, args }));
}

function usage(turn: Turn, event: SessionEvent): Turn {
  return { ...turn, usage: { ...turn.usage, ...event.data } };
}

/** Keep what has no rule of its own as an item, so that a newer type is shown, not lost. */
function addItem(turn: Turn, event: SessionEvent): Turn {
  return withItem(turn, event, event.data);
}

function withItem(turn: Turn, event: SessionEvent, data: Data): Turn {
  const own = event.message_id;
  const id = own === undefined || has(turn, own) ? `e${event.seq}` : own;
  const item: Message = { id, kind: event.type, text: "", status: "closed", data };
  return { ...turn, messages: [...turn.messages, item] };
}

const ON_SESSION: ReadonlyMap<string, (c: Conversation, event: SessionEvent) => Conversation> =
  new Map([
    ["session_created", created],
    ["session_terminated", terminated],
    ["message_posted", posted],
    ["messages_posted", posted],
    ["head_changed", headChanged],
  ]);

const ON_TURN: ReadonlyMap<string, (turn: Turn, event: SessionEvent) => Turn> = new Map([
  ["participant_status", status],
  ["message_delta", delta],
  ["message_streaming", streaming],
  ["message_complete", complete],
  ["thinking", thinking],
  ["tool_call", toolCall],
  ["tool_progress", toolProgress],
  ["tool_result", toolResult],
  ["approval_request", requested],
  ["reauth_request", requested],
  ["approval_resolved", resolved],
  ["usage", usage],
]);

/** Change the event's message, or add it; a closed one stays as it is unless *always*. */
function edit(
  turn: Turn,
  event: SessionEvent,
  kind: string,
  change: Edit<Message>,
  always = false,
): Turn {
  const id = event.message_id;
  if (id === undefined) return turn;
  // The open message is nearly always the last one.
  const i = turn.messages.findLastIndex((m) => m.id === id);
  const old = turn.messages[i];
  if (old !== undefined && old.status !== "open" && !always) return turn;
  const changed = change(old ?? { id, kind, text: "", status: "open", data: {} });
  const messages = old === undefined ? [...turn.messages, changed] : turn.messages.with(i, changed);
  return { ...turn, messages };
}

function editCall(turn: Turn, id: unknown, change: Edit<ToolCall>): Turn {
  const call = turn.tool_calls.get(str(id));
  if (call === undefined) return turn;
  return { ...turn, tool_calls: new Map(turn.tool_calls).set(call.tool_call_id, change(call)) };
}

function has(turn: Turn, messageId: string | undefined): boolean {
  return turn.messages.some((m) => m.id === messageId);
}
