/**
 * Which turns are branches of one another: those that follow the same turn.
 *
 * Its one law: found once for all turns of a conversation, because each of them asks.
 */

import type { Turn, Turns } from "../core/index";

type Branches = ReadonlyMap<string | undefined, readonly Turn[]>;

const found = new WeakMap<Turns<Turn>, Branches>();

/** The turns that follow the same turn as `turn`, itself among them, oldest first. */
export function branchesOf(turn: Turn, turns: Turns<Turn>): readonly Turn[] {
  const branches = found.get(turns) ?? grouped(turns);
  found.set(turns, branches);
  return branches.get(turn.after) ?? [];
}

/** The newest turn that follows `turn` by any way, or itself: where its branch goes on. */
export function tipOf(turn: Turn, turns: Turns<Turn>): string {
  const below = new Set([turn.id]);
  let tip = turn.id;
  // A turn comes after the one it follows, so one walk finds them all.
  for (const { id, after } of turns.values()) {
    if (after === undefined || !below.has(after)) continue;
    below.add(id);
    tip = id;
  }
  return tip;
}

/** The number in a turn's id, `<session>.<n>`. */
export function numberOf({ id }: Turn): string {
  return id.slice(id.lastIndexOf(".") + 1);
}

function grouped(turns: Turns<Turn>): Branches {
  const groups = new Map<string | undefined, Turn[]>();
  for (const turn of turns.values()) {
    const group = groups.get(turn.after);
    if (group) group.push(turn);
    else groups.set(turn.after, [turn]);
  }
  return groups;
}
