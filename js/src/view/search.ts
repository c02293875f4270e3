/**
 * What a search found: titles, addresses, snippets.
 *
 * Its one law: nothing is fetched, and only addresses that the markdown's own rule calls links are
 * links.
 */

import type { Message } from "../core/index";
import { type Data, dict, str } from "../core/index";
import { element } from "./element";
import { judge, shown } from "./markdown/urls";
import type { Part } from "./scene";
import { STRINGS } from "./strings";
import { oneLine } from "./words";

/** The results of one search. They come all at once. */
export class SearchPart implements Part {
  readonly element = element("details", "part search");
  #drawn: unknown;

  update({ data }: Message): void {
    if (data === this.#drawn) return;
    this.#drawn = data;
    const results = Array.isArray(data.results) ? data.results.map(dict) : [];
    const title = element("span", "", STRINGS.searched(oneLine(data.query)));
    const count = element("span", "dim", STRINGS.sources(results.length));
    const list = element("ol", "", ...results.map(result));
    this.element.replaceChildren(element("summary", "", title, count), list);
  }
}

function result(found: Data): HTMLElement {
  const title = oneLine(found.title) || oneLine(found.url) || "?";
  const snippet = element("div", "dim", oneLine(found.snippet, 400));
  return element("li", "", address(str(found.url), title), snippet);
}

/** A link that opens a new page, or plain text where the address is refused. */
export function address(url: string, text: string): HTMLElement {
  if (judge(url) !== "link") return element("span", "", text);
  const link = element("a", "", text);
  link.href = url;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
  link.title = shown(url, url.length);
  return link;
}
