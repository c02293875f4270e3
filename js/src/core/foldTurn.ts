/**
 * What one event does to its turn.
 *
 * Each rule is total: what is missing or of a wrong kind is read as nothing.  A type without a rule
 * is kept as an item, so that a newer one is shown, not lost.
 * Twin: `src/cellspeak/core/fold_turn.py`.
 */

import type { Message, ToolCall, Turn, TurnStatus } from "./conversation";
import type { SessionEvent } from "./events";
import { type Data, get, isObject, str, without } from "./json";
import { ended } from "./rules";

const CALL_OPEN: ReadonlySet<string> = new Set(["running", "awaiting_approval"]);
const LIVE_STATUS: ReadonlyMap<string, TurnStatus> = new Map<string, TurnStatus>([
  ["Processing", "running"],
  ["AwaitingApproval", "awaiting_approval"],
]);

/** Return *turn* after *event*, which names it and is newer than all it has seen. */
export function step(turn: Turn, event: SessionEvent): Turn {
  return (RULES.get(event.type) ?? addItem)(turn, event);
}

/** Return *turn* as it is after Idle: nothing is open, whatever the log forgot to close. */
export function closed(turn: Turn): Turn {
  const calls = [...turn.tool_calls].map(([key, call]): [string, ToolCall] => [
    key,
    CALL_OPEN.has(call.status) ? { ...call, status: "cancelled" } : call,
  ]);
  const messages = turn.messages.map((message) =>
    message.status === "open" ? { ...message, status: "interrupted" } : message,
  );
  const status = ended(turn) ? turn.status : howItBroke(turn);
  return { ...turn, status, idle: true, messages, tool_calls: new Map(calls) };
}

function howItBroke(turn: Turn): TurnStatus {
  const kinds = new Set(turn.messages.map((message) => message.kind));
  if (kinds.has("turn_cancelled")) return "cancelled";
  return kinds.has("error") ? "failed" : "interrupted";
}

function status(turn: Turn, event: SessionEvent): Turn {
  const word = str(get(event.data, "status"));
  if (word === "Idle") return closed(turn);
  const live = LIVE_STATUS.get(word);
  return live === undefined || ended(turn) ? turn : { ...turn, status: live };
}

function delta(turn: Turn, event: SessionEvent): Turn {
  const message = openMessage(turn, event, "text");
  if (message === undefined) return turn;
  return withMessage(turn, { ...message, text: message.text + str(get(event.data, "delta")) });
}

function streaming(turn: Turn, event: SessionEvent): Turn {
  const message = openMessage(turn, event, "text");
  if (message === undefined) return turn;
  const text = str(get(event.data, "text"));
  const status = get(event.data, "closed") === true ? "closed" : "open";
  return withMessage(turn, { ...message, text, status });
}

function complete(before: Turn, event: SessionEvent): Turn {
  const { data, message_id: id } = event;
  const whole = !Object.hasOwn(data, "status") || data.status === "complete";
  const turn: Turn = { ...before, status: whole ? "complete" : howItBroke(before) };
  const text = str(get(data, "text"));
  const known = find(turn, id);
  if (id === undefined || (text === "" && known === undefined)) {
    return turn; // a turn may end without a word
  }
  const message = known ?? { id, kind: "text", data: {} };
  return withMessage(turn, { ...message, text, status: whole ? "complete" : "interrupted" });
}

function thinking(turn: Turn, event: SessionEvent): Turn {
  const message = openMessage(turn, event, "thinking");
  if (message === undefined) return turn;
  return withMessage(turn, {
    ...message,
    text: message.text + str(get(event.data, "text")),
    status: get(event.data, "done") === true ? "closed" : "open",
    data: { ...message.data, ...without(event.data, "text", "done") },
  });
}

function toolCall(before: Turn, event: SessionEvent): Turn {
  const tool_call_id = str(get(event.data, "tool_call_id"));
  const known = before.tool_calls.get(tool_call_id);
  const turn = known === undefined ? withItem(before, event, { tool_call_id }) : before;
  const old: ToolCall = known ?? { tool_call_id, tool_name: "", args: {}, status: "running" };
  const args = get(event.data, "args");
  const began = get(event.data, "status") === "running" && known?.status !== "running";
  const call: ToolCall = {
    ...old,
    tool_name: str(get(event.data, "tool_name"), old.tool_name),
    args: isObject(args) ? args : old.args,
    status: str(get(event.data, "status"), old.status),
    ...(began && event.at !== "" && { began_at: event.at }),
  };
  return { ...turn, tool_calls: new Map(turn.tool_calls).set(tool_call_id, call) };
}

function toolProgress(turn: Turn, event: SessionEvent): Turn {
  const progress = without(event.data, "tool_call_id");
  return withCall(turn, get(event.data, "tool_call_id"), { progress });
}

function toolResult(turn: Turn, event: SessionEvent): Turn {
  const outcome = without(event.data, "tool_call_id", "tool_name");
  return withCall(turn, get(event.data, "tool_call_id"), { outcome });
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
  return withCall(turn, get(approval.request, "tool_call_id"), { args });
}

function usage(turn: Turn, event: SessionEvent): Turn {
  return { ...turn, usage: { ...turn.usage, ...event.data } };
}

function addItem(turn: Turn, event: SessionEvent): Turn {
  return withItem(turn, event, event.data);
}

/** A map and no object: a hostile type such as `constructor` has no rule. */
const RULES: ReadonlyMap<string, (turn: Turn, event: SessionEvent) => Turn> = new Map([
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

function find(turn: Turn, id: string | undefined): Message | undefined {
  return turn.messages.findLast((message) => message.id === id); // what grows is nearly always last
}

/** Return the event's message, made if need be; undefined if it has no id or is closed. */
function openMessage(turn: Turn, event: SessionEvent, kind: string): Message | undefined {
  const id = event.message_id;
  if (id === undefined) return undefined;
  const message = find(turn, id) ?? { id, kind, text: "", status: "open", data: {} };
  return message.status === "open" ? message : undefined;
}

function withMessage(turn: Turn, message: Message): Turn {
  const i = turn.messages.findLastIndex((old) => old.id === message.id);
  const messages = i < 0 ? [...turn.messages, message] : turn.messages.with(i, message);
  return { ...turn, messages };
}

function withItem(turn: Turn, event: SessionEvent, data: Data): Turn {
  const own = event.message_id;
  const id = own === undefined || find(turn, own) !== undefined ? `e${event.seq}` : own;
  const item: Message = { id, kind: event.type, text: "", status: "closed", data };
  return { ...turn, messages: [...turn.messages, item] };
}

function withCall(turn: Turn, id: unknown, changes: Partial<ToolCall>): Turn {
  const call = turn.tool_calls.get(str(id));
  if (call === undefined) return turn;
  const changed = { ...call, ...changes };
  return { ...turn, tool_calls: new Map(turn.tool_calls).set(call.tool_call_id, changed) };
}
