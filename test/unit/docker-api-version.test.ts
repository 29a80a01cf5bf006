/** Which version of the engine's API is spoken, with engines of every age. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { negotiate } from "../../lab/runtime/docker/api-version.ts";
import { openEngine, spokenApi } from "../../lab/runtime/docker/engine.ts";

describe("negotiate", () => {
  it.each([
    ["engine 20.10", "1.41", "1.12", undefined, "1.41"],
    ["engine 24", "1.43", "1.12", undefined, "1.43"],
    ["engine 25", "1.44", "1.24", undefined, "1.44"],
    ["engine 29", "1.52", "1.44", undefined, "1.44"],
    ["an engine to come that has given up ours", "1.60", "1.50", undefined, "1.50"],
    ["an engine that does not tell its oldest", "1.42", undefined, undefined, "1.42"],
    ["DOCKER_API_VERSION", "1.52", "1.44", "1.47", "1.47"],
    ["an empty DOCKER_API_VERSION", "1.52", "1.44", "", "1.44"],
  ])("%s", (_name, newest, oldest, asked, spoken) => {
    expect(negotiate({ newest, oldest }, asked)).toBe(spoken);
  });

  it.each([
    ["an engine before 20.10", "1.40", "1.12", undefined, /zklab wants 1\.41/],
    ["what the engine does not know yet", "1.41", "1.12", "1.44", /API 1\.44.*1\.12 to 1\.41/],
    ["what the engine has given up", "1.52", "1.44", "1.41", /API 1\.41.*1\.44 to 1\.52/],
  ])("refuses %s", (_name, newest, oldest, asked, says) => {
    expect(() => negotiate({ newest, oldest }, asked)).toThrow(says);
  });
});

/** A server that answers as an engine does, and keeps what it was asked for. */
async function withEngine(
  body: object,
  use: (host: string, asked: readonly string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(body));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

describe("openEngine", () => {
  it("asks for everything in the version that was negotiated", async () => {
    await withEngine({ ApiVersion: "1.52", MinAPIVersion: "1.44" }, async (host, asked) => {
      const docker = await openEngine({ env: { DOCKER_HOST: host } });
      await docker.info();
      expect(asked).toEqual(["/version", "/v1.44/info"]);
      expect(spokenApi(docker)).toBe("1.44");
    });
  });

  it("refuses an engine that is too old, by name of what it would take", async () => {
    await withEngine({ ApiVersion: "1.39", MinAPIVersion: "1.12" }, async (host) => {
      const opening = openEngine({ env: { DOCKER_HOST: host } });
      await expect(opening).rejects.toThrow("the engine speaks 1.12 to 1.39, zklab wants 1.41");
    });
  });

  it("opens an engine that does not answer, so that its user is told why", async () => {
    const docker = await openEngine({ env: { DOCKER_HOST: "unix:///nowhere/docker.sock" } });
    expect(spokenApi(docker)).toBeUndefined();
    await expect(docker.ping()).rejects.toMatchObject({ code: "ENOENT" });
  });
});
