/**
 * Elements that know more than their DOM says: a block of code, a formula, a picture.
 *
 * Its one law: what is inside of a box is the box's own; the patching of a growing text asks it to
 * become the new one, and does not look inside.
 */

/** What stands behind an element. */
export interface Box {
  readonly element: HTMLElement;
  /** Change into `fresh`, if that can be done in place; else it is replaced. */
  become(fresh: Box): boolean;
}

const boxes = new WeakMap<Node, Box>();

/** Let `box` stand behind its element. */
export function register(box: Box): void {
  boxes.set(box.element, box);
}

/** The box that an element belongs to, when it is one. */
export function boxOf(element: Node): Box | undefined {
  return boxes.get(element);
}

/** Every box in what came into a document, itself among them. */
export function boxesIn(element: HTMLElement): Box[] {
  const candidates = [element, ...element.querySelectorAll(".code, .math, .image")];
  return candidates.map(boxOf).filter((box) => box !== undefined);
}
