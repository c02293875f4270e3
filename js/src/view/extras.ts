/**
 * The second file, and its looks for the place where it is needed.
 */

import { type More, more } from "./more";
import type { Scene } from "./scene";

/** Return the second file, its styles in the root that `ground` is in; null if it cannot be had. */
export async function extras({ link }: Pick<Scene, "link">, ground: Node): Promise<More | null> {
  const loaded = await more(link);
  const root = ground.getRootNode();
  if (root instanceof ShadowRoot) loaded?.dress(root);
  return loaded;
}
