/**
 * The frame of what opens above the composer: a title, a way to close it, a line for what went wrong.
 */

import { element, setText, show, signButton } from "../view/element";
import type { Scene } from "../view/scene";
import { MORE } from "./strings";

/** A panel, and where to say what went wrong in it. */
export interface Frame {
  readonly element: HTMLElement;
  say(problem: string): void;
}

/** Make the frame of a panel called `title`. */
export function panelOf(title: string, { signal }: Scene, close: () => void): Frame {
  const line = element("div", "line failed");
  line.setAttribute("role", "alert");
  show(line, false);
  const end = signButton("×", MORE.close, "quiet", close, signal);
  const words = element("strong", "", title);
  words.tabIndex = -1;
  words.dataset.first = ""; // the keyboard begins here, and what is read out, too
  const head = element("div", "panel-head", words, end);
  const made = element("section", "panel-body", head, line);
  made.setAttribute("aria-label", title);
  const say = (problem: string) => {
    setText(line, problem);
    show(line, problem !== "");
  };
  return { element: made, say };
}
