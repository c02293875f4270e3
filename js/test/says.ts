/** Short words for what an agent says, to write the logs of tests and of the harness. */

import type { Data } from "../src/core/index";
import type { Said } from "./kernel";

/** A user asks: the first event of a turn. */
export function asks(turn: string, content: string, data: Data = {}): Said {
  const messages = [{ id: `${turn}-u`, content }];
  return {
    type: "message_posted",
    turn,
    message: `${turn}-u`,
    data: { messages, author: "user", ...data },
  };
}

/** The agent's state: `Processing`, `AwaitingApproval`, `Idle`. */
export function status(turn: string, word: string): Said {
  return { type: "participant_status", turn, data: { status: word } };
}

export function delta(turn: string, message: string, text: string): Said {
  return { type: "message_delta", turn, message, data: { delta: text } };
}

/** Text that ends before a tool call. */
export function closes(turn: string, message: string, text: string): Said {
  return { type: "message_streaming", turn, message, data: { text, closed: true } };
}

/** The end of a turn: its whole reply, its bill, and idle. */
export function completes(turn: string, message: string, text: string, bill: Data = {}): Said[] {
  const usage = { input_tokens: 812, output_tokens: 244, duration_ms: 4_230, ...bill };
  return [
    { type: "message_complete", turn, message, data: { text, status: "complete" } },
    { type: "usage", turn, data: usage },
    status(turn, "Idle"),
  ];
}

export function calls(turn: string, id: string, name: string, args: Data, word = "running"): Said {
  const data = { tool_call_id: id, tool_name: name, args, status: word };
  return { type: "tool_call", turn, message: `${turn}-${id}`, data };
}

export function becomes(turn: string, id: string, word: string): Said {
  return { type: "tool_call", turn, data: { tool_call_id: id, status: word } };
}

export function gives(turn: string, id: string, outcome: Data): Said {
  return { type: "tool_result", turn, data: { tool_call_id: id, ...outcome } };
}

/** The agent asks whether a tool may run. */
export function requests(
  turn: string,
  id: string,
  name: string,
  args: Data,
  more: Data = {},
): Said {
  const data = {
    request_id: `r-${id}`,
    tool_call_id: id,
    tool_name: name,
    args,
    args_digest: `digest-${id}`,
    ...more,
  };
  return { type: "approval_request", turn, data };
}

export function resolves(turn: string, id: string, approved: boolean, more: Data = {}): Said {
  const by = { kind: "user" };
  const data = { request_id: `r-${id}`, tool_call_id: id, approved, by, ...more };
  return { type: "approval_resolved", turn, data };
}
