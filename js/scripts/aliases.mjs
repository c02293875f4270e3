// What stands in for packages that the markdown parser imports: a browser knows their tables, and of
// the rest little is used. Tests and harness run with the same.

const MARKDOWN = new URL("../src/view/markdown/", import.meta.url).pathname;

export const ALIASES = {
  entities: `${MARKDOWN}entities.ts`,
  "linkify-it": `${MARKDOWN}addresses.ts`,
  mdurl: `${MARKDOWN}unused.ts`,
  "punycode.js": `${MARKDOWN}unused.ts`,
  "uc.micro": `${MARKDOWN}signs.ts`,
};
