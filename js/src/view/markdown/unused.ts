/**
 * Nothing, in place of what the markdown parser would rewrite addresses with.
 *
 * Stands in for `mdurl` and `punycode.js` when the bundle is built. Every address passes our parser as
 * it is (dialect.ts), so none of this is ever called.
 */

function unused(): never {
  throw new Error("expected addresses to pass as they are");
}

export { unused as decode, unused as encode, unused as format, unused as parse };
export default { toASCII: unused, toUnicode: unused };
