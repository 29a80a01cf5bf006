/**
 * How far the clock of an engine's host is ahead of the lab's, where they are two: a small container of
 * the contenders' image reads CLOCK_MONOTONIC each time it is asked. It was read somewhere between the
 * question and the answer, so half of that time is the error; of many readings the quickest is taken.
 */

import { PassThrough } from "node:stream";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import type { ClockReading } from "../runtime.ts";
import type { RunLabels } from "./labels.ts";

const READINGS = 40;
const READING_LIMIT_MS = 10_000;
const MEMORY_BYTES = 64 * 1024 * 1024;
const PIDS_MAX = 50;
const PROGRAM = `const boot = require("fs").readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
process.stdin.on("data", () => process.stdout.write(process.hrtime.bigint() + " " + boot + "\\n"));`;

export interface HostClock {
  read(): Promise<ClockReading>;
  close(): Promise<void>;
}

export async function startHostClock(
  docker: Dockerode,
  options: { readonly image: string; readonly node: string; readonly labels: RunLabels },
): Promise<HostClock> {
  const container = await docker.createContainer({
    Image: options.image,
    Entrypoint: [options.node],
    Cmd: ["-e", PROGRAM],
    Labels: { ...options.labels },
    ...{ OpenStdin: true, StdinOnce: true, AttachStdin: true },
    HostConfig: {
      ...{ NetworkMode: "none", ReadonlyRootfs: true, CapDrop: ["ALL"] },
      ...{ Memory: MEMORY_BYTES, PidsLimit: PIDS_MAX, SecurityOpt: ["no-new-privileges:true"] },
    },
  });
  const stream = await container.attach({
    ...{ stream: true, stdin: true, stdout: true, stderr: false, hijack: true },
  });
  const said = new PassThrough();
  stream.on("error", () => undefined);
  container.modem.demuxStream(stream, said, new PassThrough());
  await container.start();
  return {
    read: async () => {
      let best: ClockReading | undefined;
      for (let i = 0; i < READINGS; i += 1) {
        const reading = await readOnce(stream, said);
        if (best === undefined || reading.errorNs < best.errorNs) best = reading;
      }
      if (best === undefined) throw new Error("bug in zklab: no reading was taken");
      return best;
    },
    close: async () => {
      stream.end();
      await container.remove({ force: true }).catch(() => undefined);
    },
  };
}

function readOnce(stream: NodeJS.ReadWriteStream, said: PassThrough): Promise<ClockReading> {
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      said.off("data", onData);
      const found = `no answer within ${READING_LIMIT_MS} ms`;
      reject(new LabError("environment", `read the clock of the engine's host: ${found}`));
    }, READING_LIMIT_MS);
    const onData = (chunk: Buffer): void => {
      const answeredAt = process.hrtime.bigint();
      clearTimeout(limit);
      said.off("data", onData);
      const [theirs = "", bootId = ""] = chunk.toString("utf8").trim().split(" ");
      const middle = (askedAt + answeredAt) / 2n;
      const errorNs = Number((answeredAt - askedAt) / 2n) + 1;
      resolve({ aheadNs: BigInt(theirs) - middle, errorNs, bootId });
    };
    said.on("data", onData);
    const askedAt = process.hrtime.bigint();
    stream.write("?");
  });
}
