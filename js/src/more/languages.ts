/**
 * What code looks like, language by language: patterns in a table, no program.
 *
 * A language has states; a state has a kind for what no pattern names, and patterns that may lead to
 * another state, which lasts over lines. Its one law: a pattern is linear, for the code is hostile.
 */

/** What a piece of code is; also the last part of its class name. */
export type Kind =
  | ""
  | "comment"
  | "string"
  | "number"
  | "keyword"
  | "builtin"
  | "function"
  | "property"
  | "meta"
  | "added"
  | "removed"
  | "word";

/** A pattern, what it finds, and the state behind it. `word` is looked up in the language's words. */
export type Rule = readonly [pattern: string, kind: Kind, to?: string];

/** What no pattern names is of `base`. */
export interface State {
  readonly base: Kind;
  readonly rules: readonly Rule[];
}

/** How one language is read; it begins in the state `main`. */
export interface Language {
  readonly states: Readonly<Record<string, State>>;
  readonly words: ReadonlyMap<string, Kind>;
  /** Whether `SELECT` and `select` are one word. */
  readonly anyCase?: boolean;
}

const NUMBER: Rule = [
  String.raw`(?<![\w.])(?:0[xX][\da-fA-F_]+|0[bB][01_]+|\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?)[a-zA-Z%]{0,4}`,
  "number",
];
const WORD: Rule = [String.raw`[A-Za-z_$][\w$]*`, "word"];
const DOUBLE: Rule = [String.raw`"(?:[^"\\]|\\.)*(?:"|\\?$)`, "string"];
const SINGLE: Rule = [String.raw`'(?:[^'\\]|\\.)*(?:'|\\?$)`, "string"];
const SLASHES: Rule = [String.raw`\/\/.*`, "comment"];
const HASH: Rule = ["#.*", "comment"];
const SLASH_STAR: Rule = [String.raw`\/\*`, "comment", "comment"];
const COMMENT: State = { base: "comment", rules: [[String.raw`\*\/`, "comment", "main"]] };

function words(kinds: Partial<Record<Kind, string>>): Map<string, Kind> {
  const found = new Map<string, Kind>();
  for (const [kind, list] of Object.entries(kinds))
    for (const word of list.split(" ")) found.set(word, kind as Kind);
  return found;
}

function until(close: string, base: Kind): State {
  return { base, rules: [[close, base, "main"]] };
}

const python: Language = {
  states: {
    main: {
      base: "",
      rules: [
        HASH,
        ['[rRbBfFuUtT]{0,2}"""', "string", "double"],
        ["[rRbBfFuUtT]{0,2}'''", "string", "single"],
        [`[rRbBfFuUtT]{0,2}${DOUBLE[0]}`, "string"],
        [`[rRbBfFuUtT]{0,2}${SINGLE[0]}`, "string"],
        [String.raw`^\s*@[\w.]+`, "meta"],
        [String.raw`^\s*(?:%%?|!)[\w-]+`, "meta"],
        NUMBER,
        WORD,
      ],
    },
    double: until('(?:[^"\\\\]|\\\\.)*?"""', "string"),
    single: until("(?:[^'\\\\]|\\\\.)*?'''", "string"),
  },
  words: words({
    keyword:
      "and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield None True False",
    builtin:
      "self cls abs all any bool bytes dict dir enumerate filter float format getattr hasattr help id input int isinstance iter len list map max min next object open print range repr reversed round set setattr sorted str sum super tuple type vars zip Exception ValueError TypeError KeyError RuntimeError",
  }),
};

const script: Language = {
  states: {
    main: {
      base: "",
      rules: [
        SLASHES,
        SLASH_STAR,
        DOUBLE,
        SINGLE,
        ["`", "string", "template"],
        ["@[A-Za-z]\\w*", "meta"],
        [String.raw`[A-Za-z_$][\w$]*(?=\??:\s)`, "property"],
        NUMBER,
        WORD,
      ],
    },
    comment: COMMENT,
    template: until("(?:[^`\\\\]|\\\\.)*?`", "string"),
  },
  words: words({
    keyword:
      "abstract as async await break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface keyof let namespace new of private protected public readonly return satisfies set static super switch this throw try type typeof var void while with yield true false null undefined",
    builtin:
      "any bigint boolean never number object string symbol unknown Array Boolean Date Error JSON Map Math Number Object Promise Record RegExp Set String console document window",
  }),
};

const json: Language = {
  states: {
    main: {
      base: "",
      rules: [
        [`${DOUBLE[0]}(?=\\s*:)`, "property"],
        DOUBLE,
        SLASHES,
        [String.raw`-?\b\d[\d.eE+-]*`, "number"],
        WORD,
      ],
    },
  },
  words: words({ keyword: "true false null" }),
};

const yaml: Language = {
  states: {
    main: {
      base: "",
      rules: [
        ["(?:^|(?<=\\s))#.*", "comment"],
        [
          String.raw`(?<=^[ \t-]{0,80})(?:[\w./$][\w./$-]*(?: [\w./$-]+){0,4}|"[^"]*"|'[^']*')(?=:(?:\s|$))`,
          "property",
        ],
        DOUBLE,
        ["(?<![\\w])'(?:[^']|'')*(?:'|$)", "string"],
        ["(?:^|(?<=\\s))[&*!][\\w!-]+|^(?:---|\\.\\.\\.)$|[|>][+-]?$", "meta"],
        ["(?<![\\w.-])-?\\d[\\d_]*(?:\\.\\d+)?(?![\\w.:-])", "number"],
        WORD,
      ],
    },
  },
  words: words({ keyword: "true false null yes no on off True False" }),
};

const sql: Language = {
  anyCase: true,
  states: {
    main: {
      base: "",
      rules: [
        ["--.*", "comment"],
        SLASH_STAR,
        ["'(?:[^']|'')*(?:'|$)", "string"],
        ['"[^"]*"?|`[^`]*`?', "property"],
        NUMBER,
        WORD,
      ],
    },
    comment: COMMENT,
  },
  words: words({
    keyword:
      "add all alter and any as asc begin between by case cast check column commit constraint create cross default delete desc distinct drop else end escape except exists explain false fetch filter foreign from full grant group having if in index inner insert intersect into is join key left like limit materialized natural not null offset on or order outer over partition primary references replace returning right rollback row rows select set table temporary then to true truncate union unique update using values view when where window with",
    builtin:
      "bigint boolean char date decimal double float int integer interval json jsonb numeric real serial smallint text time timestamp uuid varchar",
  }),
};

const shell: Language = {
  states: {
    main: {
      base: "",
      rules: [
        ["(?:^|(?<=[\\s;]))#.*", "comment"],
        ['"', "string", "double"],
        ["'", "string", "single"],
        [String.raw`\$(?:\{[^}]*\}?|[\w@#?*!$-])[\w]*|(?:^|(?<=\s))[A-Za-z_]\w*(?==)`, "property"],
        ["(?:^|(?<=\\s))--?[A-Za-z][\\w-]*", "meta"],
        ["(?<![\\w./-])\\d+(?![\\w./-])", "number"],
        [String.raw`[A-Za-z_][\w.-]*`, "word"],
      ],
    },
    double: {
      base: "string",
      rules: [
        ["\\\\.", "string"],
        [String.raw`\$(?:\{[^}]*\}|\w+)`, "property"],
        ['"', "string", "main"],
      ],
    },
    single: until("'", "string"),
  },
  words: words({
    keyword:
      "case do done elif else esac fi for function if in select then until while time return break continue",
    builtin:
      "alias awk bash cat cd chmod conda cp curl cut docker echo eval exec exit export find git grep head jupyter kill ls make mkdir mv npm pip printf ps pwd python python3 read rm sed set sh sort source ssh sudo tail tar tee test touch tr uv wc wget xargs",
  }),
};

const rlang: Language = {
  states: {
    main: {
      base: "",
      rules: [
        HASH,
        DOUBLE,
        SINGLE,
        ["`[^`]*`?", "property"],
        NUMBER,
        [String.raw`<<?-|->>?|%[^%\s]*%|\|>`, "keyword"],
        [String.raw`[A-Za-z.][\w.]*`, "word"],
      ],
    },
  },
  words: words({
    keyword:
      "break else for function if in next repeat return while TRUE FALSE NULL NA NaN Inf T F",
    builtin: "library require source",
  }),
};

const julia: Language = {
  states: {
    main: {
      base: "",
      rules: [
        ["#=", "comment", "comment"],
        HASH,
        ['\\w{0,4}"""', "string", "triple"],
        DOUBLE,
        ["'(?:[^'\\\\]|\\\\.)'", "string"],
        [String.raw`@[A-Za-z_]\w*|(?<![\w:)\]]):[A-Za-z_]\w*`, "meta"],
        NUMBER,
        [String.raw`[\p{L}_][\p{L}\p{N}_!]*`, "word"],
      ],
    },
    comment: until("=#", "comment"),
    triple: until('(?:[^"\\\\]|\\\\.)*?"""', "string"),
  },
  words: words({
    keyword:
      "abstract baremodule begin break catch const continue do else elseif end export finally for function global if import in isa let local macro module mutable quote return struct try using where while true false nothing missing",
    builtin: "Any Array Bool Char Dict Float32 Float64 Int Int32 Int64 String Vector Matrix",
  }),
};

const clike: Language = {
  states: {
    main: {
      base: "",
      rules: [
        SLASHES,
        SLASH_STAR,
        [String.raw`^\s*#\s*[a-z]+(?:\s*<[^>]*>)?|@[A-Za-z]\w*|#!?\[[^\]]*\]`, "meta"],
        DOUBLE,
        ["'(?:[^'\\\\]|\\\\.[^']{0,8})'", "string"],
        NUMBER,
        WORD,
      ],
    },
    comment: COMMENT,
  },
  words: words({
    keyword:
      "abstract as async auto await base break case catch chan class concept const constexpr continue crate data def default defer delete do dyn else enum explicit export extends extern final finally fn for foreach friend from fun func function go goto guard if impl implements import in init inline instanceof interface internal is let loop match mod module move mut mutable namespace native new noexcept null nil nullptr object open operator out override package private protected protocol pub public range readonly ref register return sealed select self Self sizeof static struct super switch synchronized template this throw throws trait transient try type typedef typename union unsafe use using val var virtual void volatile when where while with yield true false",
    builtin:
      "any bool boolean byte char decimal double error f32 f64 float i8 i16 i32 i64 int int8 int16 int32 int64 isize long map rune short signed size_t str string String u8 u16 u32 u64 uint uint8 uint16 uint32 uint64 unsigned usize vec Vec Option Result std",
  }),
};

const diff: Language = {
  states: {
    main: {
      base: "",
      rules: [
        [String.raw`^(?:diff|index|---|\+\+\+|new|old|similarity|rename) .*|^@@.*`, "meta"],
        [String.raw`^\+.*`, "added"],
        ["^-.*", "removed"],
      ],
    },
  },
  words: new Map(),
};

const html: Language = {
  states: {
    main: {
      base: "",
      rules: [
        ["<!--", "comment", "comment"],
        [String.raw`<[/?!]?[A-Za-z][\w:.-]*`, "keyword", "tag"],
        [String.raw`&(?:#\w{1,8}|\w{1,32});`, "number"],
      ],
    },
    comment: until("-->", "comment"),
    tag: {
      base: "",
      rules: [
        ["[/?]?>", "keyword", "main"],
        ['"[^"]*"?', "string"],
        ["'[^']*'?", "string"],
        ["[@:\\w][\\w:.-]*", "property"],
      ],
    },
  },
  words: new Map(),
};

const css: Language = {
  states: {
    main: {
      base: "",
      rules: [
        SLASH_STAR,
        DOUBLE,
        SINGLE,
        ["@[\\w-]+", "meta"],
        [
          String.raw`--[\w-]+|(?<=(?:^|[{;])\s{0,80})[a-z-]+(?=\s*:(?:\s|[^:a-z]|[a-z-]+;))`,
          "property",
        ],
        ["#[\\da-fA-F]{3,8}\\b|(?<![\\w.-])-?(?:\\d[\\d.]*|\\.\\d+)(?:%|[a-z]{1,4})?\\b", "number"],
        ["[.#][A-Za-z_-][\\w-]*|::?[a-z-]+", "builtin"],
        ["(?<![\\w-])[\\w-]+(?=\\()", "function"],
        ["!important", "keyword"],
      ],
    },
    comment: COMMENT,
  },
  words: new Map(),
};

const toml: Language = {
  states: {
    main: {
      base: "",
      rules: [
        HASH,
        [String.raw`^\s*\[\[?[^\]]*\]\]?`, "keyword"],
        [String.raw`^\s*[\w."'-]+(?=\s*=)`, "property"],
        DOUBLE,
        SINGLE,
        NUMBER,
        WORD,
      ],
    },
  },
  words: words({ keyword: "true false" }),
};

const TABLE: readonly (readonly [names: string, language: Language])[] = [
  ["python py python3 py3 ipython pycon gyp", python],
  ["javascript js jsx mjs cjs typescript ts tsx node", script],
  ["json jsonc json5 jsonl ipynb", json],
  ["yaml yml", yaml],
  ["sql postgres postgresql psql mysql sqlite plsql duckdb", sql],
  ["bash sh shell zsh console shellsession terminal fish", shell],
  ["r", rlang],
  ["julia jl", julia],
  [
    "c h cpp c++ cc cxx hpp cs csharp c# java kotlin kt go golang rust rs swift scala dart php",
    clike,
  ],
  ["diff patch", diff],
  ["html xml svg vue xhtml htm", html],
  ["css scss less", css],
  ["toml ini cfg conf", toml],
];

const LANGUAGES = new Map(
  TABLE.flatMap(([names, language]) => names.split(" ").map((name) => [name, language] as const)),
);

/** The language that people call `name`; undefined when there is none here. */
export function languageOf(name: string): Language | undefined {
  return LANGUAGES.get(name.toLowerCase());
}
