/**
 * Say an approval aloud once per page, however many cards show it.
 *
 * Its one law: two views of one conversation speak with one voice.
 */

import type { Link } from "../link/link";
import type { Scene } from "./scene";

const KEY = Symbol.for("cellspeak.announced");

/** Announce `text` for the request `id`, unless another view of the same link did. */
export function announceOnce({ link, announce }: Scene, id: string, text: string): void {
  const said = saidOf(link);
  if (said.has(id)) return;
  said.add(id);
  announce(text);
}

/** The bundle may be evaluated more than once in a page: its links are shared, and so is this. */
function saidOf(link: Link): Set<string> {
  const page = globalThis as { [KEY]?: WeakMap<Link, Set<string>> };
  page[KEY] ??= new WeakMap();
  const said = page[KEY].get(link) ?? new Set();
  page[KEY].set(link, said);
  return said;
}
