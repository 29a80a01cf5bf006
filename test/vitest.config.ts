import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const root = new URL("..", import.meta.url).pathname;
const shared = { root, requireAssertions: true };

const dockerWanted = process.env["CI_REQUIRE_DOCKER"] === "1" || process.argv.includes("docker");
const docker = {
  root: shared.root,
  test: {
    name: "docker",
    include: ["test/docker/**/*.docker.test.ts"],
    sequence: { groupOrder: 3 },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    fileParallelism: false,
    expect: { requireAssertions: true },
  },
};

/** Projects by file suffix: unit runs everywhere in seconds, the others say what they need. */
const config: ViteUserConfig = defineConfig({
  root,
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    allowOnly: process.env["CI"] === undefined,
    expect: { requireAssertions: true },
    projects: [
      {
        root: shared.root,
        test: {
          name: "unit",
          include: ["test/{unit,property}/**/*.test.ts"],
          testTimeout: 5_000,
          // Pure code: one module graph a worker, and a worker a processor.
          isolate: false,
          maxWorkers: availableParallelism(),
          // Projects of unlike worker counts run one after the other; vitest wants their order named.
          sequence: { groupOrder: 0 },
          expect: { requireAssertions: true },
        },
      },
      {
        root: shared.root,
        test: {
          name: "integration",
          include: ["test/integration/**/*.integration.test.ts"],
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          expect: { requireAssertions: true },
        },
      },
      {
        root: shared.root,
        test: {
          name: "browser",
          include: ["test/browser/**/*.browser.test.ts"],
          sequence: { groupOrder: 2 },
          testTimeout: 20_000,
          hookTimeout: 30_000,
          expect: { requireAssertions: true },
        },
      },
      // Where an engine is promised, as `npm test` does; `--project docker` asks for it, too.
      ...(dockerWanted ? [docker] : []),
    ],
  },
});
export default config;
