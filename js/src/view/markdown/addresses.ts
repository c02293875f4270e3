/**
 * Find plain http(s) addresses in a text.
 *
 * Stands in for the `linkify-it` package when the bundle is built: of all that it knows the view uses
 * this. Its one law: what ends a sentence around an address is not a part of it.
 */

const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[\p{L}\p{N}[][^\s<>"`\u3000-\u303f\uff00-\uff65]*/giu;
const OPENS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const ENDS = /[.,;:!?'*_~|\\)\]}…’”»]$/;

/** An address, as the markdown parser wants it. */
export interface Match {
  readonly schema: string;
  readonly index: number;
  readonly lastIndex: number;
  readonly text: string;
  readonly url: string;
}

/** The name and the methods under which the markdown parser asks. */
export class LinkifyIt {
  test(text: string): boolean {
    return text.search(ADDRESS) >= 0;
  }

  match(text: string): Match[] {
    return [...text.matchAll(ADDRESS)].map(({ 0: found, index }) => matched(found, index));
  }

  matchAtStart(text: string): Match | null {
    const [first] = this.match(text.split(/\s/, 1)[0] ?? "");
    return first?.index === 0 ? first : null;
  }
}

function matched(found: string, index: number): Match {
  const url = trimmed(found);
  return { schema: "http:", index, lastIndex: index + url.length, text: url, url };
}

/** Without marks at its end, but with a bracket that was opened in it. */
function trimmed(address: string): string {
  let kept = address;
  while (ENDS.test(kept) && !closesOwn(kept)) kept = kept.slice(0, -1);
  return kept;
}

function closesOwn(address: string): boolean {
  const close = address.at(-1) ?? "";
  const open = OPENS[close];
  return open !== undefined && address.split(close).length <= address.split(open).length;
}
