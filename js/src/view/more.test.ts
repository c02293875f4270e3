// @vitest-environment jsdom
import { afterEach, describe, expect, test, vi } from "vitest";
import { Kernel } from "../../test/kernel";
import { CommLink } from "../link/comm";
import { more, moreNow, provideMore } from "./more";

afterEach(() => {
  provideMore(null);
  vi.useRealTimers();
});

const failing = { asset: () => Promise.reject(new Error("The kernel did not answer.")) };

describe("the second file", () => {
  test("is asked for by name, once, and its bytes come as they are", async () => {
    const kernel = new Kernel();
    kernel.assets.set("more.js", new TextEncoder().encode("export const math = 1;"));
    const link = new CommLink(kernel);
    const [one, other] = await Promise.all([link.asset("more.js"), link.asset("more.js")]);
    expect(kernel.heardOf("asset")).toEqual([{ t: "asset", name: "more.js" }]);
    expect(one).toBe(other);
    expect(one.size).toBe(22);
  });

  test("that the kernel does not have is a sentence", async () => {
    const link = new CommLink(new Kernel());
    await expect(link.asset("more.js")).rejects.toThrow("there is no more.js");
  });

  test("is not asked for before something needs it", () => {
    expect(moreNow()).toBeNull();
  });

  test("that never comes is null after six tries, and the next need tries again", async () => {
    const asset = vi.fn(failing.asset);
    expect(await more({ asset })).toBeNull();
    expect(asset).toHaveBeenCalledTimes(6);
    expect(await more({ asset })).toBeNull();
    expect(asset).toHaveBeenCalledTimes(12);
  });

  test("that the host refuses to import is null, never an error", async () => {
    const said = vi.spyOn(console, "info").mockReturnValue(undefined);
    vi.stubGlobal("URL", { createObjectURL: () => "blob:refused", revokeObjectURL: () => {} });
    const asset = vi.fn(() => Promise.resolve(new Blob(["export {}"])));
    expect(await more({ asset })).toBeNull();
    expect(said).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  test("that is here is one for all views of the page", async () => {
    const loaded = await import("../more/index");
    provideMore(loaded);
    expect([await more(failing), moreNow()]).toEqual([loaded, loaded]);
  });

  test("that a silent kernel owes makes nobody say that the kernel is gone", async () => {
    vi.useFakeTimers();
    const kernel = new Kernel();
    kernel.silent = true;
    const link = new CommLink(kernel);
    const answer = link.asset("more.js").catch((error: Error) => error.message);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await answer).toBe("The kernel did not answer.");
    expect(link.status).toBe("connecting");
  });
});
