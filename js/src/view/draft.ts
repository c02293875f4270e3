/**
 * Keep what was typed and not sent, over a drawing anew and a reload of the page.
 *
 * It stays in this tab's session storage, under the session's id, and goes with the tab: it is never
 * in the notebook, in a synced trait or with the kernel. Its one law: where the page may store
 * nothing, writing goes on without it.
 */

const PREFIX = "cellspeak.draft.";
/** Characters; more is not kept, because the storage is small. */
const MOST = 100_000;
const KEY = Symbol.for("cellspeak.drafts");

/** The draft of a session; empty if there is none. */
export function draftOf(sessionId: string): string {
  return store().getItem(PREFIX + sessionId) ?? "";
}

/** Keep `text` as the draft of a session; an empty one is removed. */
export function keepDraft(sessionId: string, text: string): void {
  try {
    if (text.trim() === "" || text.length > MOST) store().removeItem(PREFIX + sessionId);
    else store().setItem(PREFIX + sessionId, text);
  } catch {
    // full: what is on the screen is still there
  }
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** A page in a frame without an origin has no storage: then as long as the page lives. */
function store(): Store {
  try {
    return globalThis.sessionStorage ?? inPage();
  } catch {
    return inPage();
  }
}

function inPage(): Store {
  const page = globalThis as { [KEY]?: Map<string, string> };
  page[KEY] ??= new Map();
  const kept = page[KEY];
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, text) => void kept.set(name, text),
    removeItem: (name) => void kept.delete(name),
  };
}
