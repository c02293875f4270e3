/**
 * Do what a command says.
 *
 * Its one law: what fails is said in one sentence, and what was typed stays in the box.
 */

import { list, str } from "../core/index";
import type { PanelName } from "../view/panel";
import type { Scene } from "../view/scene";
import type { Typed } from "../view/slash";
import { problemOf } from "./completion";
import { isFormat, save } from "./exporting";
import { MORE } from "./strings";

/** Run `typed`; `open` opens a panel. Returns what went wrong, empty if nothing did. */
export async function runCommand(
  { name, rest }: Typed,
  scene: Scene,
  open: (name: PanelName) => Promise<void>,
): Promise<string> {
  if (name === "new") return problemOf(await scene.link.ask({ what: "new" }));
  if (name === "model") return await startWith(rest, scene);
  if (name === "export" && isFormat(rest)) return await save(rest, scene);
  await open(PANELS[name]);
  return "";
}

const PANELS = { resume: "sessions", export: "export", help: "help" } as const;

/** A name that the kernel knows is an agent; anything else is a model. */
async function startWith(name: string, { link }: Scene): Promise<string> {
  const known = list((await link.ask({ what: "agents" })).value).map((one) => str(one));
  if (name === "") return `${MORE.modelNeeded} ${known.join(", ")}`;
  const which = known.includes(name) ? { agent: name } : { model: name };
  return problemOf(await link.ask({ what: "new", ...which }));
}
