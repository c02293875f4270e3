/**
 * Keep the conversation as a file on the reader's own machine.
 *
 * Its one law: the kernel writes the file, by the rules of every export; the page only saves it.
 */

import { dict, str } from "../core/index";
import { button, element, setText } from "../view/element";
import type { Scene } from "../view/scene";
import { oneLine } from "../view/words";
import { problemOf } from "./completion";
import { panelOf } from "./panels";
import { MORE } from "./strings";

type Format = keyof typeof MORE.formats;
const FORMATS = Object.keys(MORE.formats) as readonly Format[];

/** Whether `word` names a format. */
export function isFormat(word: string): word is Format {
  return Object.hasOwn(MORE.formats, word);
}

/** The panel that offers the formats. */
export function exportPanel(scene: Scene, close: () => void): HTMLElement {
  const { element: panel, say } = panelOf(MORE.exportTitle, scene, close);
  const buttons = FORMATS.map((format) => {
    const press = async () => say(await save(format, scene));
    return button(MORE.formats[format], "", () => void press(), scene.signal);
  });
  panel.append(element("div", "buttons", ...buttons));
  return panel;
}

/** Save the conversation; returns what went wrong, empty if nothing did. */
export async function save(format: Format, scene: Scene): Promise<string> {
  const answer = await scene.link.ask({ what: "export", format });
  const problem = problemOf(answer);
  if (problem) return problem;
  const { name, mime } = dict(answer.value);
  const [content] = answer.buffers ?? [];
  const file = oneLine(name, 80) || `conversation.${format}`;
  download(new Blob([content as BlobPart], { type: str(mime) }), file);
  scene.say(MORE.saved(file));
  return "";
}

function download(content: Blob, name: string): void {
  const link = element("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  document.body.append(link); // Firefox presses only what is in the page
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The panel that says what can be done. */
export function helpPanel(scene: Scene, close: () => void): HTMLElement {
  const { element: panel } = panelOf(MORE.helpTitle, scene, close);
  const rows = [
    ...Object.entries(MORE.commandHints).map(([name, hint]) => [`/${name}`, hint] as const),
    ...Object.entries(MORE.helpKeys),
  ];
  const table = element("dl", "help");
  for (const [name, hint] of rows) {
    const key = element("dt", "", element("kbd"));
    setText(key.firstElementChild as HTMLElement, name);
    table.append(key, element("dd", "", hint));
  }
  panel.append(table);
  return panel;
}
