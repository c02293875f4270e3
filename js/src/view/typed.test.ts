// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { asks, becomes, calls, gives, status } from "../../test/says";
import { Stage } from "../../test/stage";

const T = "s1.1";

let stage: Stage;
afterEach(() => stage.leave());

test.each([
  [true, true],
  [undefined, false],
])("a card with typed: %s is open when it is first drawn: %s", (typed, open) => {
  stage = new Stage().chat([
    asks(T, "x"),
    status(T, "Processing"),
    calls(T, "cellspeak:answer", "Invoice", {}),
    gives(T, "cellspeak:answer", { result: { total: 3 }, ...(typed && { typed }) }),
    becomes(T, "cellspeak:answer", "done"),
  ]);
  expect(stage.find<HTMLDetailsElement>(".tool").open).toBe(open);
});
