/**
 * What a conversation says, read off it: the properties of the Python classes as functions.
 *
 * Twin: the properties in `src/cellspeak/core/conversation.py`.  What is legal is decided by the
 * engine alone (`rules.py`); a view only shows.
 */

import type { Approval, Conversation, Turn } from "./conversation";
import { get, isObject, sameJson, str } from "./json";

const ENDED: ReadonlySet<string> = new Set(["complete", "failed", "cancelled", "interrupted"]);

/** Tell whether *turn* is complete, failed, cancelled or interrupted. */
export function ended(turn: Turn): boolean {
  return ENDED.has(turn.status);
}

/** Return the approvals of *turn* that still wait for a person. */
export function pending(turn: Turn): readonly Approval[] {
  if (ended(turn)) return [];
  return [...turn.approvals.values()].filter((approval) => approval.resolution === undefined);
}

/** Tell whether other arguments ran than those that were asked for. */
export function isEdited({ request, resolution }: Approval): boolean {
  const ran = resolution && get(resolution, "args");
  return isObject(ran) && !sameJson(ran, get(request, "args"));
}

/** Return what the agent said in *turn*, its messages joined by blank lines. */
export function text(turn: Turn): string {
  const said = turn.messages.filter((m) => m.kind === "text" && m.text !== "");
  return said.map((m) => m.text).join("\n\n");
}

/** Return what the user said in *turn*, the posts joined by blank lines. */
export function prompt(turn: Turn): string {
  return turn.posts.map((post) => str(get(post, "content"))).join("\n\n");
}

/** Return the line of the last `error` event of *turn*, if there was one. */
export function error(turn: Turn): string | undefined {
  const last = turn.messages.findLast((m) => m.kind === "error");
  return last === undefined ? undefined : str(get(last.data, "error"));
}

/** Return the turns from the root to the head: what a view shows. */
export function path(conversation: Conversation): readonly Turn[] {
  const found: Turn[] = [];
  const seen = new Set<string>();
  let at = conversation.head;
  while (at !== undefined && !seen.has(at)) {
    const turn = conversation.turns.get(at);
    if (turn === undefined) break;
    seen.add(at);
    found.push(turn);
    at = turn.after;
  }
  return found.reverse();
}

/** Return the turn that has started and is not idle yet, if any. */
export function openTurn(conversation: Conversation): Turn | undefined {
  return conversation.turns.live.find((turn) => turn.status !== "queued");
}

/** Return the turns that wait for their start, oldest first. */
export function queued(conversation: Conversation): readonly Turn[] {
  return conversation.turns.live.filter((turn) => turn.status === "queued");
}
