/** A shell in a container over an exec stream that stays open, as the container's own user. */

import { PassThrough, type Writable } from "node:stream";
import type Dockerode from "dockerode";
import type { ShellChannel } from "../local/shell.ts";

export async function execShell(container: Dockerode.Container): Promise<ShellChannel> {
  const exec = await container.exec({
    Cmd: ["sh"],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  const stdout = new PassThrough();
  const stderr = new PassThrough().resume();
  container.modem.demuxStream(stream, stdout, stderr);
  const gone = new Promise((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, resolve);
  });
  // The declared type knows less than the socket that it is. Its end is the shell's end of file.
  const stdin = stream as unknown as Writable;
  return { pid: 0, stdin, stdout, gone, kill: () => stream.destroy() };
}
