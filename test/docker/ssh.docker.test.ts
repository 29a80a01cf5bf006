/** The lab against an engine behind ssh: DOCKER_HOST=ssh://…, a real sshd, keys of the test's own. */

import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GONE_LIMIT_MS, untilHealedAndGone, untilInForce } from "../builders/docker-lab.ts";
import { needsEngine, ownerOf, statesOf } from "../builders/engine.ts";
import { allProcesses } from "../builders/lab-watch.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { SshServer, sshServerProblem } from "../builders/ssh-server.ts";
import { until } from "../builders/wait.ts";
import { buildOnce, killLeftOver, startZklab, zklab } from "../builders/zklab-cli.ts";

const LIMIT_MS = 240_000;

const problem = sshServerProblem();
if (problem !== undefined) process.stderr.write(`the ssh tests are skipped: ${problem}\n`);
let server: SshServer;
let scratch: ScratchFolder;

/** Budget: 60 s. */
describe.skipIf(needsEngine().skip || problem !== undefined)("an engine behind ssh", () => {
  beforeAll(async () => {
    buildOnce();
    scratch = new ScratchFolder();
    server = await SshServer.start(scratch.path);
    const built = await zklab(["images"], options());
    expect(built.code, built.stderr).toBe(0);
  }, LIMIT_MS);
  afterEach(() => killLeftOver());
  afterAll(() => {
    server.stop();
    scratch[Symbol.dispose]();
  });

  it("plays gc-pause as expected, and its tunnel ends with it", async () => {
    const args = ["run", "gc-pause", "--runtime", "docker", "--runs", scratch.path, "--json"];
    const { code, stdout, stderr } = await zklab(args, options());
    expect(code, `${stderr}${stdout}`).toBe(0);
    const [outcome] = JSON.parse(stdout) as { expectations: { met: boolean }[] }[];
    expect(outcome?.expectations.map(({ met }) => met)).toEqual([true, true, true]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("zklab-ssh-"))).toEqual([]);
  });

  it("is healed and removed by the watchdog's own tunnel after the lab's kill -9", async () => {
    const args = ["run", "gc-pause", "--runtime", "docker", "--runs", join(scratch.path, "killed")];
    const lab = startZklab(args, options());
    await untilInForce(join(scratch.path, "killed/gc-pause/latest/history.jsonl"));
    const owner = `zklab.owner=${ownerOf(lab.pid)}`;
    expect(statesOf(owner)).toContain("T");
    process.kill(lab.pid, "SIGKILL");
    await lab.result;
    await untilHealedAndGone(owner);
    const tunnels = () => allProcesses().filter(({ command }) => command.includes("zklab-ssh-"));
    const closed = () => (tunnels().length === 0 ? true : undefined);
    await until("both tunnels to end", GONE_LIMIT_MS, closed, () => tunnels().length);
  });

  it("says what ssh said where it cannot be reached", async () => {
    const { env, limitMs } = options();
    const away = { limitMs, env: { ...env, DOCKER_HOST: "ssh://root@127.0.0.1:1" } };
    const { code, stderr } = await zklab(["images"], away);
    expect(code).toBe(3);
    expect(stderr).toMatch(/by ssh to root@127\.0\.0\.1: .*Connection refused/);
    expect(stderr).toMatch(/without a question/);
  });
});

function options(): { readonly env: Record<string, string>; readonly limitMs: number } {
  return { env: { DOCKER_HOST: server.host, PATH: server.path }, limitMs: LIMIT_MS };
}
