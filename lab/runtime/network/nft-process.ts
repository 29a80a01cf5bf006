/** `nft -i` as a process of this machine, in the network namespace that the lab itself is in. */

import { spawn } from "node:child_process";
import { LabError } from "../../errors.ts";
import { type NftChannel, nftScript } from "./nft-table.ts";

const CLOSE_LIMIT_MS = 2_000;

export function startNft(table: string, place: string): NftChannel {
  const child = spawn("sh", ["-c", nftScript(table)], {
    stdio: ["pipe", "pipe", "pipe"],
    // Its own session: what interrupts the lab must not heal its cuts before the lab does.
    detached: true,
    env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` },
  });
  child.on("error", () => undefined);
  if (child.pid === undefined) {
    throw new LabError("environment", "start nft: no process could be made");
  }
  const gone = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
  });
  const { stdin, stdout, stderr } = child;
  return {
    ...{ place, stdin, stdout, stderr },
    close: async () => {
      stdin.end();
      const limit = setTimeout(() => child.kill("SIGKILL"), CLOSE_LIMIT_MS);
      await gone;
      clearTimeout(limit);
    },
  };
}
