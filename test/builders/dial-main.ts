/**
 * Not a test: the main program that lab-life starts to try LabNode.dial inside the switch's
 * namespaces. A server listens on 127.0.0.1 of one node; who reaches it is printed as one JSON line.
 */

import { once } from "node:events";
import type { Duplex } from "node:stream";
import { enter, isInside } from "../../lab/runtime/local/enter.ts";
import { LocalRuntime } from "../../lab/runtime/local/switch.ts";
import type { LabNode } from "../../lab/runtime/runtime.ts";

const PORT = 4321;
const LIMIT_MS = 5_000;
const SERVER = `require("node:net").createServer((s) => s.end("here\\n")).listen(${PORT}, "127.0.0.1", () => console.log("listening"))`;
const CALLER = `const s = require("node:net").connect(${PORT}, process.argv[1]); s.on("data", (d) => console.log("got " + d)); s.on("error", (e) => console.log(e.message))`;

async function tryDialling(): Promise<object> {
  await using runtime = await LocalRuntime.create();
  const [owner, other] = await runtime.createNodes(["owner", "other"]);
  if (owner === undefined || other === undefined) throw new Error("two nodes were asked for");
  const node = runtime.expose(process.execPath);
  const env = { PATH: "/usr/bin:/bin" };
  const server = await owner.start({ command: node, args: ["-e", SERVER], env });
  await once(server.stdout ?? process.stdin, "data");
  const call = async (from: LabNode, to: string): Promise<string> => {
    const caller = await from.start({ command: node, args: ["-e", CALLER, to], env });
    return said(caller.stdout);
  };
  return {
    loopback: await said(owner.dial(PORT, "loopback")),
    address: await said(owner.dial(PORT)),
    othersLoopback: await said(other.dial(PORT, "loopback")),
    otherNode: await call(other, owner.address),
    otherNodeItself: await call(other, "127.0.0.1"),
    ownNode: await call(owner, "127.0.0.1"),
  };
}

/** What a stream says until it ends, or the error it ends with. */
async function said(stream: NodeJS.ReadableStream | Duplex | undefined): Promise<string> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  let text = "";
  try {
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    if (stream !== undefined) await once(stream, "end", { signal });
    return text.trim();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

if (isInside()) {
  process.stdout.write(`${JSON.stringify(await tryDialling())}\n`);
  process.exit(0);
} else {
  process.exitCode = await enter(process.argv.slice(2));
}
