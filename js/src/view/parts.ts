/**
 * Which part draws which kind of message.
 *
 * Its one law: an unknown kind is drawn as what it is, so that a newer kernel never shows a hole.
 */

import type { Message } from "../core/index";
import { CancelledPart, ErrorPart } from "./error";
import { GenericPart } from "./generic";
import { TextPart } from "./message";
import { NotePart } from "./note";
import { ReauthPart } from "./reauth";
import type { Part, Scene } from "./scene";
import { SearchPart } from "./search";
import { ThinkingPart } from "./thinking";
import { ToolPart } from "./tool";

const PARTS: ReadonlyMap<string, (scene: Scene) => Part> = new Map<string, (scene: Scene) => Part>([
  ["text", (scene) => new TextPart(scene)],
  ["thinking", () => new ThinkingPart()],
  ["tool_call", (scene) => new ToolPart(scene)],
  ["search_result", () => new SearchPart()],
  ["reauth_request", (scene) => new ReauthPart(scene)],
  ["note", () => new NotePart()],
  ["error", () => new ErrorPart()],
  ["turn_cancelled", () => new CancelledPart()],
]);

/** Make the part that draws messages like `message`. */
export function partFor({ kind }: Message, scene: Scene): Part {
  return PARTS.get(kind)?.(scene) ?? new GenericPart(scene);
}
