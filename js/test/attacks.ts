/** The attacks of `conformance/attacks.json`: for the tests, and for the harness in a real browser. */

import cases from "../../conformance/attacks.json";

/** One attack, its text in full. */
export interface Attack {
  readonly name: string;
  readonly kind: string;
  readonly text: string;
}

interface Case extends Attack {
  readonly times?: number;
}

export const ATTACKS: readonly Attack[] = (cases as readonly Case[]).map(
  ({ name, kind, text, times = 1 }) => ({ name, kind, text: text.repeat(times) }),
);
