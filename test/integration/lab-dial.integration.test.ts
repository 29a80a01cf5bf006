/** Dialling a node's own loopback, tried inside the switch's namespaces (test/builders/dial-main.ts). */

import { beforeAll, describe, expect, it } from "vitest";
import { buildOnce, compileMain, zklab } from "../builders/zklab-cli.ts";

beforeAll(buildOnce);

describe("LabNode.dial", () => {
  it("reaches what listens on the node's own loopback, which nobody else does", async () => {
    const main = compileMain("test/builders/dial-main.ts");
    const { code, stdout, stderr } = await zklab([], { main });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const refused = expect.stringContaining("ECONNREFUSED") as unknown;
    expect(JSON.parse(stdout)).toEqual({
      loopback: "here",
      ownNode: "got here",
      address: refused,
      otherNode: refused,
      otherNodeItself: refused,
      othersLoopback: expect.stringMatching(/^other: dial 127\.0\.0\.1:4321: .*ECONNREFUSED/),
    });
  });
});
