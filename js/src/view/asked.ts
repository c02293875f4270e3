/**
 * What a reader may make of a turn that is over: ask it again, or ask something else in its place.
 *
 * Its one law: nothing is taken back; both are posts behind the turn before it, and so a branch.
 */

import { type Data, dict, list, type Turn } from "../core/index";
import type { Wish } from "../link/link";

/** Ask the same as `turn`, its files with it. */
export function askAgain(turn: Turn): Wish {
  const messages = turn.posts.map(({ content, files }) => ({
    content,
    ...(files ? { files } : {}),
  }));
  return { type: "post", messages, ...behind(turn) };
}

/** Ask `content` in place of what was said in `turn`; its files stay. */
export function askInstead(turn: Turn, content: string): Wish {
  const files = filesOf(turn);
  const message = { content, ...(files.length > 0 ? { files } : {}) };
  return { type: "post", messages: [message], ...behind(turn) };
}

/** The files that a turn's posts carry, each `{name, mime, size, blob or data}`. */
export function filesOf(turn: Turn): readonly Data[] {
  return turn.posts.flatMap((post) => list(post.files)).map(dict);
}

function behind({ after }: Turn): { root: true } | { after_turn: string } {
  return after === undefined ? { root: true } : { after_turn: after };
}
