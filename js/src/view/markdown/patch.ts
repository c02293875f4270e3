/**
 * Change drawn nodes into freshly made ones with the least change.
 *
 * Its one law: a node that need not go stays the same node, and text that only grew is only appended
 * to, so that what the reader selected stays selected.
 */

import { boxOf } from "./box";

/** Told of every element that comes into the document. */
export type Adopt = (element: HTMLElement) => void;

/**
 * Make `old` look like `fresh`.
 *
 * @param old A node in the document.
 * @param fresh A node outside of it; its children may be moved.
 * @param adopt Called for each element of `fresh` that was taken over.
 * @returns The node that now stands where `old` stood.
 */
export function patch<N extends ChildNode>(old: N, fresh: N, adopt: Adopt): N {
  if (old instanceof Text && fresh instanceof Text) patchText(old, fresh.data);
  else if (!patchElement(old, fresh, adopt)) return replace(old, fresh, adopt);
  return old;
}

function replace<N extends ChildNode>(old: ChildNode, fresh: N, adopt: Adopt): N {
  old.replaceWith(fresh);
  if (fresh instanceof HTMLElement) adopt(fresh);
  return fresh;
}

/** Whether `old` could be made equal; boxes know how, others attribute by attribute. */
function patchElement(old: Node, fresh: Node, adopt: Adopt): boolean {
  if (!(old instanceof Element && fresh instanceof Element)) return false;
  if (old.tagName !== fresh.tagName) return false;
  const [oldBox, freshBox] = [boxOf(old), boxOf(fresh)];
  if (oldBox || freshBox) return freshBox !== undefined && oldBox?.become(freshBox) === true;
  patchAttributes(old, fresh);
  patchChildren(old, [...old.childNodes], [...fresh.childNodes], adopt);
  return true;
}

function patchAttributes(old: Element, fresh: Element): void {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/**
 * Make some children of an element look like others; what is new is appended to it.
 *
 * @param parent The element in the document.
 * @param before Neighbours among its children.
 * @param after Nodes outside of the document.
 */
export function patchChildren(
  parent: Element,
  before: readonly ChildNode[],
  after: readonly ChildNode[],
  adopt: Adopt,
): void {
  after.forEach((node, at) => {
    const standing = before[at];
    if (standing) patch(standing, node, adopt);
    else {
      parent.append(node);
      if (node instanceof HTMLElement) adopt(node);
    }
  });
  for (const surplus of before.slice(after.length)) surplus.remove();
}

/** A selection inside the part that did not change survives. */
function patchText(old: Text, text: string): void {
  const kept = commonPrefix(old.data, text);
  if (kept < old.length) old.replaceData(kept, old.length - kept, text.slice(kept));
  else if (kept < text.length) old.appendData(text.slice(kept));
}

function commonPrefix(one: string, other: string): number {
  if (other.startsWith(one)) return one.length;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}
