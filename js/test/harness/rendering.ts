/** Scenes of what an answer may hold: code, formulas, tables, footnotes, pictures. */

import type { Kernel } from "../kernel";
import { asks, completes, delta, status } from "../says";
import type { Scene } from "./scenes";

const FENCE = "```";
const T = "s1.1";

const LANGUAGES = `Five languages, one after the other.

${FENCE}python
@dataclass(frozen=True)
class Growth:
    """What changed between two months."""

    region: str
    rate: float = 0.0  # a fraction, not percent

    def line(self) -> str:
        return f"{self.region:>10} {self.rate:+.1%}" if self.rate else "none"
${FENCE}

${FENCE}ts
/** Fold one event. */
export async function fold(event: Event, into: Map<string, Turn>): Promise<number> {
  const { id, text = "" } = event; // nothing else counts
  if (!into.has(id)) into.set(id, { text: \`\${id}: \${text}\`, seq: 0x1f });
  return into.size;
}
${FENCE}

${FENCE}sql
-- the three best regions
SELECT region, count(*) AS months, round(sum(revenue), 2) AS total
FROM sales WHERE month >= '2026-01-01' GROUP BY region ORDER BY total DESC LIMIT 3;
${FENCE}

${FENCE}bash
for file in data/*.csv; do
  echo "reading \${file%.csv}" && python load.py --file "$file" | tee -a log.txt  # keep it
done
${FENCE}

${FENCE}diff
@@ -3,4 +3,4 @@
 def total(rows):
-    return sum(r[1] for r in rows)
+    return sum(row.revenue for row in rows)
${FENCE}`;

const FORMULAS = String.raw`The estimate $\hat\beta = (X^\top X)^{-1} X^\top y$ is unbiased[^1]; its variance is \(\sigma^2 (X^\top X)^{-1}\). It costs $5 or $6.

$$
\operatorname{Var}(\bar x) = \frac{1}{n^2} \sum_{i=1}^{n} \sigma_i^2
  \le \frac{\max_i \sigma_i^2}{n}
$$

With two regions the design is

\[
X = \begin{pmatrix} 1 & 0 \\ 1 & 1 \end{pmatrix}, \qquad
f(x) = \begin{cases} x^2 & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}
\]

and so \$3 is money, while $\sqrt[3]{\int_0^\infty e^{-t}\,dt}$ is none, nor is $\broken{$.

| Region | $\Delta$ | Rate |
|:--|--:|:-:|
| North | $12.5$ | **high** |
| South | $-3$ | ~~low~~ |

- [x] checked the *residuals*
- [ ] plotted them, see https://example.org/plots(2026).

[^1]: If $E[\varepsilon \mid X] = 0$, see [the handbook](https://example.org/ols).
    A second line of the note.`;

const LONG_CODE = `All of it:

${FENCE}python
${Array.from({ length: 120 }, (_, n) => `def step_${n}(value: int) -> int:  # the step number ${n}${n % 9 ? "" : " of a comment that runs on and on until it is wider than the view of most readers"}\n    return value + ${n}\n`).join("\n")}${FENCE}

and that is the end.`;

const PICTURES = `A chart from elsewhere: ![Sales by region](https://charts.example.org/sales.png?q=42)

And ![one from the list](https://pictures.example.com/a.png), one that is none: ![x](javascript:alert%281%29).

A link to [https://bank.example](https://evil.example/login), one to [аpple](https://аpple.com/a), one to [home](https://example.org).`;

function says(text: string): (kernel: Kernel) => void {
  return (kernel) =>
    kernel.write(asks(T, "Show me."), status(T, "Processing"), ...completes(T, "m1", text));
}

const TABLE = `| Name | Value | Note |\n|---|--:|---|\n${Array.from(
  { length: 150 },
  (_, n) => `| row ${n} | ${n * 37} | ${n % 7 ? "short" : "a note of *some* length that wraps"} |`,
).join("\n")}`;

async function growing(kernel: Kernel): Promise<void> {
  const text = `${FORMULAS}\n\n${LANGUAGES}`;
  kernel.say(asks(T, "Go on."), status(T, "Processing"));
  for (let at = 0; at < text.length; at += 24) {
    kernel.say(delta(T, "m1", text.slice(at, at + 24)));
    await new Promise((done) => setTimeout(done, 8));
  }
  kernel.say(...completes(T, "m1", text));
}

export const RENDERING: Readonly<Record<string, Scene>> = {
  languages: { before: says(LANGUAGES) },
  formulas: { before: says(FORMULAS) },
  "long-code": { before: says(LONG_CODE) },
  pictures: { before: says(PICTURES) },
  "long-table": { before: says(TABLE) },
  growing: { after: growing },
};
