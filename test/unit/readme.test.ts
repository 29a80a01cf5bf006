import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../lab/package-root.ts";
import { readResults, withFigures } from "../acceptance/readme.ts";

const readme = readFileSync(join(packageRoot(), "README.md"), "utf8");

describe("the README", () => {
  it("states the figures of the acceptance results and no others", () => {
    expect(readme).toBe(withFigures(readme, readResults()));
  });

  it("shows only complete results", () => {
    expect(readResults().filter((result) => !result.complete)).toEqual([]);
  });
});
