import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { readFile, truncate, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheDirectory, makeEntry } from "../../lab/runtime/setup/cache.ts";
import { inspectEntry, writeManifest } from "../../lab/runtime/setup/manifest.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "zklab-cache-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("cacheDirectory", () => {
  it.each([
    { name: "ZKLAB_CACHE", env: { ZKLAB_CACHE: "/a", XDG_CACHE_HOME: "/b" }, expect: "/a" },
    { name: "XDG_CACHE_HOME", env: { XDG_CACHE_HOME: "/b" }, expect: "/b/zklab" },
    {
      name: "an empty ZKLAB_CACHE and a relative XDG_CACHE_HOME",
      env: { ZKLAB_CACHE: "", XDG_CACHE_HOME: "b" },
      expect: join(homedir(), ".cache", "zklab"),
    },
    { name: "nothing", env: {}, expect: join(homedir(), ".cache", "zklab") },
    { name: "a relative ZKLAB_CACHE", env: { ZKLAB_CACHE: "c" }, expect: join(process.cwd(), "c") },
  ])("follows $name", ({ env, expect: expected }) => {
    expect(cacheDirectory(env)).toBe(expected);
  });
});

describe("makeEntry", () => {
  const never = (): boolean => false;
  const fill =
    (text: string) =>
    async (directory: string): Promise<void> =>
      writeFile(join(directory, "file"), text);

  it("makes the entry and nothing beside it", async () => {
    await makeEntry(join(root, "cache", "entry"), fill("one"), never);
    expect(readdirSync(join(root, "cache"))).toEqual(["entry"]);
  });

  it("leaves nothing behind where filling fails", async () => {
    const place = join(root, "entry");
    const failing = async (directory: string): Promise<void> => {
      await fill("half")(directory);
      throw new Error("interrupted");
    };
    await expect(makeEntry(place, failing, never)).rejects.toThrow("interrupted");
    expect(readdirSync(root)).toEqual([]);
  });

  it("replaces a damaged entry as a whole", async () => {
    const place = join(root, "entry");
    mkdirSync(place);
    await writeFile(join(place, "leftover"), "");
    await makeEntry(place, fill("new"), never);
    expect(readdirSync(place)).toEqual(["file"]);
    expect(readdirSync(root)).toEqual(["entry"]);
  });

  it("keeps the entry that another set-up made meanwhile", async () => {
    const place = join(root, "entry");
    const overtaken = async (directory: string): Promise<void> => {
      await fill("ours")(directory);
      await makeEntry(place, fill("theirs"), never);
    };
    await makeEntry(place, overtaken, () => existsSync(place));
    expect(await readFile(join(place, "file"), "utf8")).toBe("theirs");
    expect(readdirSync(root)).toEqual(["entry"]);
  });

  it("lets several set-ups at once all succeed", async () => {
    const place = join(root, "entry");
    const texts = ["a", "b", "c", "d"];
    const good = (): boolean => existsSync(join(place, "file"));
    await Promise.all(texts.map((text) => makeEntry(place, fill(text), good)));
    expect(texts).toContain(await readFile(join(place, "file"), "utf8"));
    expect(readdirSync(root)).toEqual(["entry"]);
  });

  it("sweeps what a killed set-up left, but not what another is making", async () => {
    mkdirSync(join(root, ".making-1-old"));
    mkdirSync(join(root, ".making-2-new"));
    const yesterday = Date.now() / 1000 - 24 * 3600;
    utimesSync(join(root, ".making-1-old"), yesterday, yesterday);
    await makeEntry(join(root, "entry"), fill("x"), never);
    expect(readdirSync(root).sort()).toEqual([".making-2-new", "entry"]);
  });

  it("says what to do where the cache cannot be made", async () => {
    await writeFile(join(root, "file"), "");
    await expect(makeEntry(join(root, "file", "entry"), fill("x"), never)).rejects.toMatchObject({
      code: "environment",
      hint: expect.stringContaining("ZKLAB_CACHE"),
    });
  });
});

describe("inspectEntry", () => {
  const RECIPE = "recipe:1";
  beforeEach(async () => {
    await writeFile(join(root, "a.jar"), "some bytes");
    await writeFile(join(root, "b.jar"), "others");
    writeManifest(root, { version: "3.9.5", recipe: RECIPE }, ["b.jar", "a.jar"]);
  });

  it("accepts what is as it was made", () => {
    const entry = inspectEntry(root, RECIPE, { hashes: true });
    expect(entry).toMatchObject({ state: "good", manifest: { version: "3.9.5" } });
  });

  it("finds nothing where there is no manifest", () => {
    expect(inspectEntry(join(root, "none"), RECIPE)).toEqual({ state: "absent" });
  });

  it("notices a truncated file by its size", async () => {
    await truncate(join(root, "a.jar"), 4);
    expect(inspectEntry(root, RECIPE)).toEqual({
      state: "damaged",
      why: "a.jar has 4 bytes instead of 10",
    });
  });

  it("notices a missing file", () => {
    rmSync(join(root, "b.jar"));
    expect(inspectEntry(root, RECIPE)).toEqual({ state: "damaged", why: "b.jar is missing" });
  });

  it("notices a changed byte only where hashes are asked for", async () => {
    await writeFile(join(root, "a.jar"), "some bytez");
    expect(inspectEntry(root, RECIPE).state).toBe("good");
    expect(inspectEntry(root, RECIPE, { hashes: true })).toMatchObject({
      state: "damaged",
      why: expect.stringContaining("another sha-256"),
    });
  });

  it("notices that another recipe made it", () => {
    expect(inspectEntry(root, "recipe:2")).toMatchObject({ state: "damaged" });
  });

  it.each(["", "{", '{"schema":2}', '{"schema":1,"version":"1","recipe":"recipe:1","files":[]}'])(
    "takes an unreadable manifest for damage: %s",
    async (text) => {
      await writeFile(join(root, "manifest.json"), text);
      expect(inspectEntry(root, RECIPE)).toMatchObject({ state: "damaged" });
    },
  );
});
