import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../lab/package-root.ts";

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(join(packageRoot(), "package-lock.json"), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};

describe("package-lock.json", () => {
  /**
   * A registry that lacks some platforms' builds makes npm leave them out of the lock without a word,
   * and then `npm ci` refuses the lock on every clone ("Missing: … from lock file").
   */
  it("locks every platform's build of every tool", () => {
    const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in lock.packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("names no registry", () => {
    const resolved = Object.values(lock.packages).filter((one) => one.resolved !== undefined);
    expect(resolved).toEqual([]);
  });
});
