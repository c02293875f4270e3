/**
 * The second file: what a view is better with and can do without.
 *
 * It comes over the comm on first need and is never stored in a notebook, so what is heavy lives here.
 * Its one law: it only makes elements and answers questions; what it is not there for still reads
 * well. A view gets it from `view/more.ts`, and imports nothing from here but types.
 */

import { exportPanel, helpPanel } from "./exporting";
import { sessionsPanel } from "./sessions";

export { Attachments } from "./attach";
export { runCommand } from "./commands";
export { Completion } from "./completion";
export { dress } from "./dress";
export { Editor } from "./editor";
export { ArgumentsForm } from "./form";
export { safeHtml } from "./html";
export { Lexer } from "./lexer";
export { math } from "./math";
export { sentFile } from "./sent";
export { drawTable } from "./table";
export { jsonTree } from "./tree";

/** What opens above the composer. */
export const panels = { sessions: sessionsPanel, export: exportPanel, help: helpPanel };
