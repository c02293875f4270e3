/**
 * Turn TeX into MathML elements.
 *
 * Its one law: TeX is hostile. Temml's answer is only read; what comes into the document is made here,
 * from the tags, attributes, styles and sizes that this file names. Whatever fails, or is too much, is
 * no formula, and the reader sees the TeX.
 */

import temml from "temml";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const MOST_TEX = 8_000;
const MOST_NODES = 4_000;
/** Larger lengths, in whatever unit, could only cover what stands around. */
const MOST_LENGTH = 60;

const TAGS = new Set(
  "math mfrac mi mn mo ms mtext mspace mrow mstyle merror mpadded mphantom msqrt mroot msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose".split(
    " ",
  ),
);
const ATTRIBUTES = new Set(
  "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace scriptlevel separator stretchy symmetric voffset width".split(
    " ",
  ),
);
const STYLES = new Set(
  "border borderBottom borderLeft borderRight borderTop color marginLeft marginRight mathDepth padding paddingLeft paddingRight width".split(
    " ",
  ),
);
const CLASSES = /^(?:tml-(?:cancel|eqn|jot|left|prime|right|tag|tageqn|vec)|upstrike|downstrike)$/;
const VALUE = /^[\w#%. -]{1,60}$/;

/** What Temml makes; read with care, for it is not a promised form. */
interface Made {
  readonly type?: unknown;
  readonly text?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly style?: Readonly<Record<string, unknown>>;
  readonly classes?: readonly unknown[];
  readonly children?: readonly Made[];
}

/**
 * Make the formula that `tex` says.
 *
 * @param tex Without its delimiters.
 * @param display Whether it stands by itself, larger and centred.
 * @returns A `<math>` element outside of any document, or null if it is none that can be shown.
 */
export function math(tex: string, display: boolean): Element | null {
  if (tex.length > MOST_TEX) return null;
  try {
    const budget = { nodes: MOST_NODES };
    const [root] = copied(made(tex, display), budget);
    return root instanceof Element && root.localName === "math" ? root : null;
  } catch {
    return null;
  }
}

function made(tex: string, display: boolean): Made {
  return temml.__renderToMathMLTree(tex, {
    displayMode: display,
    throwOnError: true,
    trust: false,
    maxExpand: 500,
    maxSize: [20, 20],
  });
}

function copied(node: Made, budget: { nodes: number }): Node[] {
  budget.nodes -= 1;
  if (budget.nodes < 0) throw new RangeError("expected a smaller formula");
  if (typeof node.text === "string") return [document.createTextNode(node.text)];
  const children = (node.children ?? []).flatMap((child) => copied(child, budget));
  if (typeof node.type !== "string") return children;
  // A tag that is not known gives way to what is in it.
  if (!TAGS.has(node.type)) return children;
  const element = document.createElementNS(MATHML, node.type) as MathMLElement;
  dress(element, node);
  element.append(...children);
  return [element];
}

function dress(element: MathMLElement, { attributes = {}, style = {}, classes = [] }: Made): void {
  for (const [name, value] of Object.entries(attributes))
    if (ATTRIBUTES.has(name) && isModest(value)) element.setAttribute(name, String(value));
  // Not as an attribute, which a page's content policy may forbid; old browsers have no `style`.
  for (const [name, value] of Object.entries(style))
    if (STYLES.has(name) && isModest(value)) setStyle(element, name, String(value));
  const known = classes.filter((name) => CLASSES.test(String(name)));
  if (known.length > 0) element.setAttribute("class", known.join(" "));
}

function setStyle({ style }: MathMLElement, name: string, value: string): void {
  style?.setProperty(
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    value,
  );
}

function isModest(value: unknown): boolean {
  const text = String(value);
  if (!VALUE.test(text)) return false;
  if (text.startsWith("#") || /%$/.test(text)) return true;
  return (text.match(/\d+(?:\.\d+)?/g) ?? []).every((size) => Number(size) <= MOST_LENGTH);
}
