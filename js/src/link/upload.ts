/**
 * Bring a file to the kernel in parts: a notebook's connection carries no large message.
 *
 * Its one law: the next part starts where the kernel's bytes end, so that lost and doubled parts add up.
 */

import { dict, int } from "../core/index";
import type { Link } from "./link";
import { randomId } from "./outbox";

const PART = 512 * 1024;

/**
 * Bring `file` to the kernel, and return the name by which a message refers to it.
 *
 * @throws Error with one sentence for a person.
 */
export async function upload(
  file: Blob,
  link: Pick<Link, "ask">,
  told: (bytes: number) => void = () => {},
): Promise<string> {
  const name = `u-${randomId()}`;
  let at = 0;
  do {
    const bytes = await file.slice(at, at + PART).arrayBuffer();
    const { error, value } = await link.ask({ what: "part", upload: name, at }, [bytes]);
    if (error) throw new Error(error.message);
    const held = int(dict(value).held) ?? 0;
    if (held < at) throw new Error("The kernel has lost a part of the file.");
    at = held;
    told(at);
  } while (at < file.size);
  return name;
}
