/**
 * A connection to a port of a node's own 127.0.0.1, which only a process in the node's network namespace
 * can make: a small relay there, its stdin and stdout joined into one stream that behaves as a socket.
 */

import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import { LabError } from "../../errors.ts";

const SCRIPT = `
const socket = require("node:net").connect(Number(process.argv[1]), "127.0.0.1");
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", (error) => { console.error(error.message); process.exit(1); });
`;

/**
 * Connects through a relay in the namespace that the process `pid` is in. A refused or broken
 * connection ends the stream with LabError("environment"), as a socket's would with its own error.
 */
export function dialLoopback(node: string, pid: number, port: number): Duplex {
  const child = spawn(
    "nsenter",
    [`--net=/proc/${pid}/ns/net`, "--", process.execPath, "-e", SCRIPT, String(port)],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const errors: Buffer[] = [];
  const duplex = new Duplex({
    allowHalfOpen: false,
    read: () => void child.stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void child.stdin.write(chunk, done),
    // Where the relay is gone already there is nobody left to tell that no more will come.
    final: (done) => void child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill("SIGKILL");
      done(error);
    },
  });
  const fail = (found: string): void => {
    duplex.destroy(new LabError("environment", `${node}: dial 127.0.0.1:${port}: ${found}`));
  };
  // A relay that ends breaks its stdin; how it ended is told below.
  child.stdin.on("error", () => undefined);
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  child.stdout.on("data", (chunk: Buffer) => {
    if (!duplex.push(chunk)) child.stdout.pause();
  });
  child.once("error", (error) => fail(error.message));
  child.once("close", (code) => {
    if (code === 0) duplex.push(null);
    else if (!duplex.destroyed) fail(Buffer.concat(errors).toString().trim() || `relay: ${code}`);
  });
  return duplex;
}
