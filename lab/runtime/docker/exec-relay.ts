/**
 * A connection to a port on a container's own loopback, relayed over an exec stream: it needs no
 * published port and no route, so it works with a remote engine too, and it is the only way to what
 * listens on the loopback alone. bash is all that the image must have.
 */

import { Duplex, PassThrough } from "node:stream";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";

/** Ends as soon as either side does: a server that closes must be seen to. */
const SCRIPT = [
  'exec 4<&0 3<>"/dev/tcp/127.0.0.1/$1" || exit',
  "cat <&3 & from=$!",
  "cat <&4 >&3 & to=$!",
  "wait -n; kill $from $to 2>/dev/null",
].join("\n");

/** Usable at once; an exec that cannot be had, or a port that refuses, destroys it with the reason. */
export function execRelay(container: Dockerode.Container, name: string, port: number): Duplex {
  const input = new PassThrough();
  const output = new PassThrough();
  const duplex = Duplex.from({ writable: input, readable: output });
  const failed = (found: string, cause?: unknown): void => {
    const message = `${name}: dial 127.0.0.1:${port}: ${found}`;
    duplex.destroy(new LabError("environment", message, cause === undefined ? {} : { cause }));
  };
  relay(container, port, { input, output }).then(
    (problem) => problem === undefined || failed(problem),
    (error: unknown) => failed("no exec in the container", error),
  );
  return duplex;
}

/** Resolves at the end of the relay, with what bash complained of, if it did. */
async function relay(
  container: Dockerode.Container,
  port: number,
  { input, output }: { input: PassThrough; output: PassThrough },
): Promise<string | undefined> {
  const exec = await container.exec({
    Cmd: ["bash", "-c", SCRIPT, "relay", String(port)],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const complaint = new PassThrough();
  const said: Buffer[] = [];
  complaint.on("data", (chunk: Buffer) => said.push(chunk));
  container.modem.demuxStream(stream, output, complaint);
  input.pipe(stream);
  input.once("close", () => stream.destroy());
  await new Promise<void>((resolve) => {
    stream.once("end", resolve);
    stream.once("close", resolve);
    stream.once("error", () => resolve());
  });
  output.end();
  const text = Buffer.concat(said).toString().trim();
  return /refused|No route|unreachable/i.test(text) ? text : undefined;
}
