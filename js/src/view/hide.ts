/**
 * Hide the static transcript of what is drawn live.
 *
 * Each transcript has a class of its own. Its one law: the rule that hides it is in the document
 * exactly while at least one live view of it is; a dead notebook has no live views and shows all.
 */

/** A class as the kernel makes them; anything else could break out of the rule. */
const SAFE = /^[A-Za-z_][\w-]*$/;

interface Rule {
  readonly style: HTMLStyleElement;
  views: number;
}

// On globalThis, because the bundle may be evaluated more than once in a page.
const KEY = Symbol.for("cellspeak.hidden");

/** Hide what has `className` until `signal` aborts. */
export function hideStatic(className: string, signal: AbortSignal): void {
  if (!SAFE.test(className) || signal.aborted) return;
  const rules = registry();
  const rule = rules.get(className) ?? addRule(className);
  rules.set(className, rule);
  rule.views += 1;
  signal.addEventListener("abort", () => dropView(className, rule), { once: true });
}

function addRule(className: string): Rule {
  const style = document.createElement("style");
  style.textContent = `.${className}{display:none!important}`;
  document.head.append(style);
  return { style, views: 0 };
}

function dropView(className: string, rule: Rule): void {
  rule.views -= 1;
  if (rule.views > 0) return;
  rule.style.remove();
  registry().delete(className);
}

function registry(): Map<string, Rule> {
  const page = globalThis as { [KEY]?: Map<string, Rule> };
  page[KEY] ??= new Map();
  return page[KEY];
}
