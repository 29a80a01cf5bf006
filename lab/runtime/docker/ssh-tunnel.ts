/**
 * An engine behind ssh (DOCKER_HOST=ssh://user@host:port): its socket is forwarded to one of ours by a
 * single ssh, which everything uses, compose and testcontainers too. It uses the user's own keys and
 * settings, asks nothing, and ends with this process, however that ends.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { LabError } from "../../errors.ts";
import { plain } from "../../report/untrusted.ts";
import { startTimeOf } from "../process-identity.ts";

const ENGINE_SOCKET = "/var/run/docker.sock";
const LIMIT_MS = 20_000;
const POLL_MS = 50;
const PREFIX = "zklab-ssh-";
const SAID_CHARS_MAX = 2_000;

const tunnels = new Map<string, Promise<string>>();

/** The path of a unix socket that leads to the engine. Throws LabError("environment") with ssh's own words. */
export function tunnelTo(url: string): Promise<string> {
  const known = tunnels.get(url);
  if (known !== undefined) return known;
  const opening = open(url);
  tunnels.set(url, opening);
  opening.catch(() => tunnels.delete(url));
  return opening;
}

async function open(url: string): Promise<string> {
  const { username, hostname, port } = new URL(url);
  removeDead();
  const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const socket = join(directory, "engine.sock");
  const destination = username === "" ? hostname : `${decodeURIComponent(username)}@${hostname}`;
  const options = ["BatchMode=yes", "ExitOnForwardFailure=yes", "ServerAliveInterval=10"];
  const child = spawn(
    "setpriv",
    [
      // Also where this process is killed: nobody would be left to end it.
      ...["--pdeathsig", "TERM", "ssh", "-N", "-T"],
      ...options.flatMap((option) => ["-o", option]),
      ...["-L", `${socket}:${ENGINE_SOCKET}`, ...(port === "" ? [] : ["-p", port])],
      ...["--", destination],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  let ended = false;
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-SAID_CHARS_MAX);
  });
  child.once("error", (error) => {
    said = error.message;
    ended = true;
  });
  child.once("exit", () => {
    ended = true;
  });
  process.once("exit", () => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  });
  const deadline = performance.now() + LIMIT_MS;
  while (!(existsSync(socket) && (await accepts(socket)))) {
    if (ended || performance.now() > deadline) {
      child.kill();
      const found = plain(said.trim()) || `no connection within ${LIMIT_MS} ms`;
      throw new LabError(
        "environment",
        `reach the engine by ssh to ${plain(destination)}: ${found}`,
        {
          hint: `\`ssh ${plain(destination)} docker version\` must work without a question`,
        },
      );
    }
    await delay(POLL_MS);
  }
  // The tunnel must not keep this process from ending.
  child.unref();
  const { stderr } = child as { readonly stderr: { unref?: () => void } };
  stderr.unref?.();
  return socket;
}

/** Folders of processes that were killed; their ssh has ended with them. */
function removeDead(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || startTimeOf(Number(pid)) !== undefined) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function accepts(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
