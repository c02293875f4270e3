/**
 * Get the second file, `more/`, when something needs it.
 *
 * Its one law: it never throws and never comes from the internet. Where it cannot be had (no kernel, a
 * host that forbids to import it) the answer is null, and what was drawn without it stays.
 */

import type { Link } from "../link/link";

/** All that the second file has. */
export type More = typeof import("../more/index");

/** Which build this is; two builds in a page do not share a second file. Set when bundled. */
declare const CELLSPEAK_BUILD: string | undefined;

const NAME = "more.js";
/** A kernel that runs a long cell answers later: ask again, this often. */
const TRIES = 6;
const KEY = Symbol.for("cellspeak.more");

interface Slot {
  wanted: Promise<More | null> | undefined;
  here: More | null;
}

/** The second file if it is here already: what is drawn from now on need not change again. */
export function moreNow(): More | null {
  return slot().here;
}

/**
 * Return the second file, fetched through `link` at the first call in a page; null if it cannot be
 * had. After a null the next call tries again.
 */
export function more(link: Pick<Link, "asset">): Promise<More | null> {
  const own = slot();
  own.wanted ??= load(link).then((loaded) => {
    if (!loaded) own.wanted = undefined;
    own.here = loaded;
    return loaded;
  });
  return own.wanted;
}

/** Let every view of this page have `loaded`, for pages that bring it along. */
export function provideMore(loaded: More | null): void {
  const own = slot();
  own.here = loaded;
  own.wanted = loaded ? Promise.resolve(loaded) : undefined;
}

async function load(link: Pick<Link, "asset">): Promise<More | null> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const file = await link.asset(NAME).catch((error: Error) => error);
    if (file instanceof Blob) return imported(file);
  }
  return null;
}

/** The way in which notebooks load widgets: where it is forbidden there is no widget, either. */
async function imported(file: Blob): Promise<More | null> {
  const address = URL.createObjectURL(new Blob([file], { type: "text/javascript" }));
  try {
    return await import(address);
  } catch (error) {
    console.info("cellspeak: code and formulas stay plain here;", error);
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function slot(): Slot {
  const page = globalThis as { [KEY]?: Map<string, Slot> };
  page[KEY] ??= new Map();
  const build = typeof CELLSPEAK_BUILD === "string" ? CELLSPEAK_BUILD : "";
  const found = page[KEY].get(build) ?? { wanted: undefined, here: null };
  page[KEY].set(build, found);
  return found;
}
