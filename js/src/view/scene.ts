/**
 * What every part of a view needs, and what every part gives.
 *
 * Its one law: a part is made once and updated in place, so the reader's selection, focus and folded
 * cards stay while the conversation moves on.
 */

import type { Message, Turn } from "../core/index";
import type { Link } from "../link/link";
import type { Window } from "./window";

/** The surroundings of a part. */
export interface Scene {
  readonly link: Link;
  /** Aborts when the view goes; every listener and timer ends with it. */
  readonly signal: AbortSignal;
  /** `cell`: one turn below its own prompt; `chat`: the whole conversation. */
  readonly place: "chat" | "cell";
  /** Say something at once to people who do not see the view. */
  announce(text: string): void;
  /** Say something to them when they are done with what they listen to. */
  say(text: string): void;
  /** Whether a person made `event`: a script in the page must not answer approvals. */
  trusts(event: Event): boolean;
}

/** The drawing of one message of a turn. */
export interface Part {
  readonly element: HTMLElement;
  /** Draw what differs. `message` is the part's own, of `turn`. */
  update(message: Message, turn: Turn): void;
}

/** What `drawChat` and `drawCell` need: where, of what, for how long. */
export interface Place {
  readonly link: Link;
  /** Where the view goes. */
  readonly el: HTMLElement;
  /** The class of the static transcript that this view stands for. */
  readonly staticClass: string;
  readonly signal: AbortSignal;
  /** Whether a person made an event; tests have no persons. */
  readonly trusts?: (event: Event) => boolean;
  /** Which turns of a chat are drawn; tests have shorter ones. */
  readonly window?: Window;
}

/** A press that a script made is not a person's. */
export function isTrusted(event: Event): boolean {
  return event.isTrusted;
}
