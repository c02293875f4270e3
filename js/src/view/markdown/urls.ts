/**
 * Decide which addresses of a model's text become links.
 *
 * Its one law: only rules over characters, no URL parser, because parsers differ between browsers and
 * languages and attackers live in the difference. What is not plainly an http, https or mailto
 * address is text. The vectors in `conformance/urls.json` hold this file and its Python twin equal.
 */

/** What an address becomes: something to click, or text to read. */
export type Verdict = "link" | "text";

/**
 * Code points, first and last of each range, that a reader cannot see or that reorder what he sees:
 * controls, spaces of every width, fillers, bidi and zero-width marks, selectors, private tags,
 * halves of surrogate pairs.
 */
const UNSEEN: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x0020],
  [0x007f, 0x00a0],
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xffff],
  [0xe0000, 0xe0fff],
];

/** Seen, but never raw in an honest address; browsers read the backslash as a slash. */
const MISPLACED = new Set('"<>\\^`{|}');

/**
 * Scheme, host, port, and then a path, query or fragment. The host is ASCII (a look-alike letter of
 * another script needs its honest `xn--` form), and neither `user@` nor `%` may disguise it.
 */
const WEB =
  /^[Hh][Tt][Tt][Pp][Ss]?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(?:[/?#]|$)/;

/** One mailbox, and at most a subject: other fields could add receivers, bodies or files. */
const MAIL =
  /^[Mm][Aa][Ii][Ll][Tt][Oo]:[A-Za-z0-9.!#$&'*+/=_~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:\?subject=[^&#]*)?$/;

/** A line break written as percent code would start a new mail header. */
const CODED_BREAK = /%0[AaDd]/;

/**
 * Judge one address, as it stands after the markdown parser undid escapes and entities.
 *
 * @param href The address; nothing is trimmed or repaired.
 * @returns `"link"` when it may be clicked, `"text"` for everything else.
 */
export function judge(href: string): Verdict {
  if (Array.from(href).some((sign) => MISPLACED.has(sign) || unseen(sign))) return "text";
  if (WEB.test(href)) return "link";
  return MAIL.test(href) && !CODED_BREAK.test(href) ? "link" : "text";
}

/**
 * Write an address so that a reader sees every character of it.
 *
 * @param href The address as the model gave it.
 * @param limit The most characters to return, ≥ 1, 200 when not said; a longer one ends in "…".
 * @returns The address with invisible characters as percent codes.
 */
export function shown(href: string, limit = 200): string {
  const signs = Array.from(href.slice(0, 2 * limit + 2));
  const cut = signs.length > limit;
  const kept = cut ? [...signs.slice(0, limit - 1), "…"] : signs;
  return kept.map((sign) => (unseen(sign) ? percentCoded(sign) : sign)).join("");
}

function unseen(sign: string): boolean {
  const code = sign.codePointAt(0) ?? 0;
  return UNSEEN.some(([first, last]) => first <= code && code <= last);
}

function percentCoded(sign: string): string {
  const bytes = new TextEncoder().encode(sign);
  return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(
    "",
  );
}
