import { expect, test, vi } from "vitest";
import { Kernel } from "../../test/kernel";
import { adopt, linkFor } from "./hubs";

const reader = { changed: () => {}, shown: () => true };

test("a hub has one link, whichever model asks and however often the bundle is evaluated", async () => {
  const kernel = new Kernel({ hub_id: "one" });
  const link = linkFor(kernel);
  expect(linkFor(new Kernel({ hub_id: "one" }))).toBe(link);
  expect(linkFor(new Kernel({ hub_id: "other" }))).not.toBe(link);
  vi.resetModules();
  const again = await import("./hubs");
  expect(again.linkFor).not.toBe(linkFor);
  expect(again.linkFor(kernel)).toBe(link);
});

test("a model that the page made anew takes over, and its views go on", () => {
  const [old, fresh] = [new Kernel({ hub_id: "again" }), new Kernel({ hub_id: "again" })];
  const view = new AbortController();
  const link = linkFor(old);
  link.subscribe(reader, view.signal);
  adopt(fresh, undefined);
  expect(old.listeners).toBe(0);
  expect(fresh.heardOf("hello")).toHaveLength(1);
  view.abort();
});

test("the end of a model ends its link, the end of a replaced one does not", () => {
  const [old, fresh] = [new Kernel({ hub_id: "end" }), new Kernel({ hub_id: "end" })];
  const [first, second] = [new AbortController(), new AbortController()];
  adopt(old, first.signal);
  const link = linkFor(old);
  adopt(fresh, second.signal);
  first.abort();
  expect(linkFor(fresh)).toBe(link);
  second.abort();
  expect(fresh.listeners).toBe(0);
  expect(linkFor(new Kernel({ hub_id: "end" }))).not.toBe(link);
});
