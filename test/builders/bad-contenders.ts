/**
 * Programs that break the contract, each in one way, as Node scripts in plain text: a scenario starts
 * them by `command`. All but the last say a session first, so that the run goes on to its end.
 */

const PREFACE = `
const fs = require("node:fs");
const now = () => process.hrtime.bigint().toString();
let seq = 0;
const say = (line) => fs.writeSync(1, JSON.stringify({ seq: seq++, at: now(), ...line }) + "\\n");
const bootId = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
const promises = { guard: "path", atMostOnce: false, reportsAttempts: true };
const hello = { type: "hello", contract: 1, promises, pid: process.pid, bootId, failpoints: [] };
const session = { type: "session", id: "0x" + process.pid.toString(16), role: "both", state: "connected" };
// Ends by the lab's word alone, as a contender does.
process.stdin.on("data", (text) => String(text).includes("stop") && process.exit(0));
`;

export interface BadContender {
  readonly name: string;
  readonly script: string;
  /** How a bad-line event of it reads; undefined: it prints no bad line. */
  readonly badLine: RegExp | undefined;
}

export const BAD_CONTENDERS: readonly BadContender[] = [
  {
    name: "garbage",
    script: `say(hello); say(session);
for (let i = 0; i < 500; i += 1) fs.writeSync(1, "{]garbage\\u0007 " + i + "\\n\\n[]\\n\\"text\\"\\n7\\n");`,
    badLine: /not JSON/,
  },
  {
    name: "no-text",
    script: `say(hello); say(session);
fs.writeSync(1, Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28, 0x0a]));`,
    badLine: /not UTF-8/,
  },
  {
    name: "no-newline",
    script: `say(hello); say(session);
process.stdout.on("error", () => process.exit(0));
const chunk = Buffer.alloc(1024 * 1024, "x");
let left = 100;
const more = () => { while (left > 0) { left -= 1; if (!process.stdout.write(chunk)) return process.stdout.once("drain", more); } };
more();`,
    badLine: /longer than 65536 bytes/,
  },
  {
    name: "wrong-hello",
    script: `say({ ...hello, contract: 2 }); say(session);`,
    badLine: /contract|Invalid input/,
  },
  {
    name: "other-promises",
    script: `say({ ...hello, promises: { ...promises, guard: "none" } }); say(session);`,
    badLine: undefined,
  },
  {
    name: "wrong-clock",
    script: `say(hello); say(session);
say({ ...session, state: "suspended", at: "1" });
say({ ...session, state: "suspended", at: (process.hrtime.bigint() + 3_600_000_000_000n).toString() });
say({ ...session, state: "suspended", at: "99999999999999999999" });
say({ ...session, state: "suspended", at: "-5" });`,
    badLine: /no time between its start and now/,
  },
  {
    name: "false-claims",
    script: `say(hello); say(session);
say({ type: "belief", state: "elected", token: { czxid: "0xffffffffffffffff", path: "/nowhere" } });
const op = { type: "op", op: "c1#1:1", attempt: 1 };
say({ ...op, phase: "invoke", action: "multi", path: "/zklab/false-claims/guarded/state", guard: { kind: "path", path: "/nowhere" } });
say({ ...op, phase: "ok", zxid: "0x100000001", session: session.id });`,
    badLine: undefined,
  },
  { name: "gone-at-once", script: "process.exit(7);", badLine: undefined },
];

export function scriptOf({ script }: BadContender): string {
  return `${PREFACE}${script}\n`;
}

/** A scenario with one group for each, that starts the script at this path; and a good one beside. */
export function badScenario(
  fileOf: (name: string) => string,
  node: string,
  goodMain: string,
): string {
  const groups = BAD_CONTENDERS.map(
    ({ name }) => `  ${name}:
    strategy: latch-check
    contenders: 1
    command: [${node}, ${fileOf(name)}]
    expect: { verdict: holds }`,
  );
  return `
name: bad-contenders
description: Contenders that break the contract, each in one way.
groups:
  good:
    strategy: latch-check
    contenders: 2
    command: [${node}, ${goodMain}, latch-check]
    expect: { verdict: holds }
${groups.join("\n")}
steps:
  - each-group:
      - run: 2 s
`;
}
