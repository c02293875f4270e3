/**
 * Decode named character references (`&copy;`) with the browser's own table.
 *
 * Stands in for the `entities` package when the bundle is built: its table is 16 KB gzip of what
 * every browser already knows. Its one law: a name that is not wholly known stays as it was written.
 */

const NAMED = /^&[A-Za-z][A-Za-z0-9]{1,31};$/;

/** References seen so far. Only known names come in, so the HTML standard bounds its size. */
const known = new Map([
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
  ["&quot;", '"'],
  ["&nbsp;", "\u00a0"],
  // The one name whose value looks like the rest of an unknown one, see `ask`.
  ["&semi;", ";"],
]);

/**
 * Decode one reference. The name is the one under which the markdown parser imports it.
 *
 * @param reference `&name;`, with the semicolon.
 * @returns Its characters, or `reference` itself when HTML has no such name.
 */
export function decodeHTMLStrict(reference: string): string {
  const before = known.get(reference);
  if (before !== undefined) return before;
  const decoded = NAMED.test(reference) ? ask(reference) : reference;
  if (decoded !== reference) known.set(reference, decoded);
  return decoded;
}

/** HTML reads `&notit;` as `&not` and `it;`, markdown does not: a left-over semicolon tells. */
function ask(reference: string): string {
  const decoded = parsed(reference);
  return decoded.endsWith(";") ? reference : decoded;
}

/** A page may forbid parsing (Trusted Types); then the reader sees the reference as written. */
function parsed(reference: string): string {
  try {
    // A page's leading white space is dropped, and `&Tab;` is white space.
    const page = new DOMParser().parseFromString(`.${reference}`, "text/html");
    return page.body.textContent.slice(1);
  } catch {
    return reference;
  }
}
