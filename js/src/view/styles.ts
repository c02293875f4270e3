/**
 * The looks of the view: one sheet for every shadow root of the page.
 *
 * Colours come from the host where it has them; accents are shifted until text on them is readable
 * (WCAG AA) in both themes. Distances are multiples of 4 px. Its one law: colour is never the only
 * sign of a state.
 */

import { CARD_CSS } from "./cards.css";
import { LAYOUT_CSS } from "./layout.css";
import { MARKDOWN_CSS } from "./markdown/markdown.css";
import { wear } from "./sheet";
import { THEME_CSS } from "./theme.css";

const CSS = [THEME_CSS, LAYOUT_CSS, CARD_CSS, MARKDOWN_CSS].join("\n");

/** Give `root` the styles. */
export function adoptStyles(root: ShadowRoot): void {
  wear(root, CSS);
}
