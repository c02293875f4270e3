// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { math } from "./math";

const T = String.raw;
const TAGS =
  /^(math|mfrac|mi|mn|mo|ms|mtext|mspace|mrow|mstyle|mpadded|mphantom|msqrt|mroot|msub|msup|msubsup|munder|mover|munderover|mtable|mtr|mtd|menclose)$/;

describe("TeX becomes MathML", () => {
  test.each([
    [T`\frac{a}{b}`, "mfrac"],
    [T`\sum_{i=1}^n x_i^2`, "munderover"],
    [T`\begin{pmatrix} a & b \\ c & d \end{pmatrix}`, "mtable"],
    [T`\begin{aligned} a &= b \\ &= c \end{aligned}`, "mtable"],
    [T`\sqrt[3]{x}`, "mroot"],
    [T`\text{if } x \in \mathbb{R}`, "mtext"],
    [T`\hat{y} = \mathbf{X}\beta + \varepsilon`, "mover"],
  ])("%s has a %s", (tex, tag) => {
    const made = math(tex, true);
    expect(made?.localName).toBe("math");
    expect(made?.getAttribute("display")).toBe("block");
    expect(made?.querySelector(tag)).not.toBeNull();
  });
});

/** Each is harmless, or no formula at all. */
const HOSTILE = [
  T`\href{javascript:alert(1)}{x}`,
  T`\url{https://evil.example}`,
  T`\includegraphics{https://evil.example/p.png}`,
  T`\htmlClass{a}{x}`,
  T`\htmlId{getElementById}{x}`,
  T`\htmlStyle{background:url(https://evil.example)}{x}`,
  T`\htmlData{a=b}{x}`,
  T`\class{blocks}{x}`,
  T`\id{x}{y}`,
  T`\style{position:fixed;inset:0}{x}`,
  T`\data{onclick=alert(1)}{x}`,
  T`\text{<script>alert(1)</script>}`,
  T`\text{<img src=x onerror=alert(1)>}`,
  T`\color{url(https://evil.example)}{x}`,
  T`\textcolor{red;background:url(x)}{y}`,
  T`\rule{99999em}{99999em}`,
  T`\hspace{-99999em} x`,
  T`\kern{1e9em} x`,
  T`\raisebox{9999em}{x}`,
  T`\def\a{\a\a}\a`,
  T`\def\a#1{#1#1#1#1#1#1#1#1}\a{\a{\a{\a{\a{\a{x}}}}}}`,
  T`\newcommand{\x}{\x}\x`,
  T`\require{html}\href{x}{y}`,
  T`\unicode{x41}\char"41 \ref{a}\label{b}`,
  T`\mathchoice{a}{b}{c}{d}\operatorname{<b>}`,
  T`\begin{array}{c|c}a\\\hline b\end{array}\tag{\href{x}{y}}`,
  "{".repeat(7_000),
  "x".repeat(9_000),
  `${"\\sqrt{".repeat(1_200)}x${"}".repeat(1_200)}`,
  `${"x^{".repeat(900)}x${"}".repeat(900)}`,
  "\u202e\\text{\u202eevil}",
  "\0\ufffd\ud800",
  T`\end{document}\left(`,
];

describe("hostile TeX leaves nothing but MathML", () => {
  test.each(HOSTILE.map((tex) => [tex.slice(0, 60), tex]))("%s", (_, tex) => {
    const made = math(tex, false);
    for (const element of made ? [made, ...made.querySelectorAll("*")] : []) {
      expect(element.namespaceURI).toBe("http://www.w3.org/1998/Math/MathML");
      expect(element.localName).toMatch(TAGS);
      for (const { name, value } of element.attributes) {
        expect(name).not.toMatch(/^on|href|src|^id$|^style$/);
        expect(value).not.toMatch(/url|javascript|9999|<|1e9/i);
      }
    }
  });

  test("a macro of one formula is none of the next", () => {
    expect(math(T`\gdef\mine{x}\mine`, false)).not.toBeNull();
    expect(math(T`\mine`, false)).toBeNull();
  });
});
