/**
 * Find plain http(s) addresses in a text.
 *
 * Stands in for the `linkify-it` package when the bundle is built: of all that it knows the view uses
 * this. Its one law: what ends a sentence around an address is not a part of it.
 */

const ADDRESS = /(?<![\p{L}\p{N}_])https?:\/\/[\p{L}\p{N}[][^\s<>"`\u3000-\u303f\uff00-\uff65]*/giu;
const CLOSES: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const ENDS = /[.,;:!?'*_~|\\…’”»]+$/;

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

/** Without marks at its end, and only up to a bracket that closes what was opened before it. */
function trimmed(address: string): string {
  const kept = address.slice(0, endOf(address));
  return kept.replace(ENDS, "");
}

function endOf(address: string): number {
  const open: (string | undefined)[] = [];
  for (let at = 0; at < address.length; at += 1) {
    const sign = address[at] ?? "";
    if (sign in CLOSES) open.push(CLOSES[sign]);
    else if (Object.values(CLOSES).includes(sign) && open.pop() !== sign) return at;
  }
  return address.length;
}
