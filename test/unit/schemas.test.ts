/** The published schemas: generated, committed, and saying what zklab itself checks. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { STRATEGIES } from "../../contenders/catalogue.ts";
import { FAULTS } from "../../faults/catalogue.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { publishedSchemas } from "../../lab/schemas/published.ts";

const schemas = publishedSchemas();

describe("published schemas", () => {
  it.each(Object.keys(schemas))("%s is what `npm run schema` writes", (path) => {
    const committed = JSON.parse(readFileSync(join(packageRoot(), path), "utf8")) as unknown;
    expect(committed).toEqual(JSON.parse(JSON.stringify(schemas[path])));
  });

  it("are in the package", () => {
    const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
    const { files } = JSON.parse(text) as { files: string[] };
    expect(files).toEqual(expect.arrayContaining(Object.keys(schemas)));
  });

  it("name every strategy and fault, so that an editor can complete them", () => {
    const text = JSON.stringify(schemas["lab/scenario/scenario.schema.json"]);
    for (const { name } of [...STRATEGIES, ...FAULTS]) expect(text).toContain(JSON.stringify(name));
  });

  it("name every kind of contract line", () => {
    const text = JSON.stringify(schemas["contenders/contract.schema.json"]);
    for (const type of [
      "hello",
      "session",
      "belief",
      "op",
      "settled",
      "held",
      "released",
      "ping",
    ]) {
      expect(text).toContain(JSON.stringify(type));
    }
  });
});
