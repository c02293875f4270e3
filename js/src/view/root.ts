/**
 * The ground that every view stands on: an open shadow root with our styles, in the host's theme.
 *
 * Its one law: styles do not leak in or out, keys do not leak out, and everything ends with `signal`.
 */

import { element } from "./element";
import { containKeys } from "./keys";
import { measureRoom } from "./room";
import { adoptStyles } from "./styles";
import { followTheme } from "./theme";

/** What `openRoot` made. */
export interface Root {
  /** Where the view goes. */
  readonly element: HTMLElement;
  /** Say `text` at once to people who do not see the view. */
  announce(text: string): void;
  /** Say `text` when nothing else is being said. */
  say(text: string): void;
}

/** Make a root in `place`; it is taken out again when `signal` aborts. */
export function openRoot(place: HTMLElement, signal: AbortSignal): Root {
  const host = element("div", "cellspeak");
  const shadow = host.attachShadow({ mode: "open" });
  const root = element("div", "cs");
  const loud = voice("assertive");
  const calm = voice("polite");
  shadow.append(root, loud, calm);
  adoptStyles(shadow);
  followTheme(host, signal);
  containKeys(host, signal);
  place.append(host);
  measureRoom(host, signal);
  signal.addEventListener("abort", () => host.remove(), { once: true });
  return {
    element: root,
    announce: (text) => loud.replaceChildren(text),
    say: (text) => calm.replaceChildren(text),
  };
}

function voice(manner: "assertive" | "polite"): HTMLElement {
  const made = element("div", "unseen");
  made.setAttribute("aria-live", manner);
  return made;
}
