/**
 * The local runtime's outer half. The lab re-executes itself in fresh namespaces (network, mount,
 * pid): inside, the network namespace is the switch, and the lab is process 1.
 *
 *   zklab (outer) ── setpriv --pdeathsig ── unshare --kill-child ── zklab (inside, pid 1) ── nodes
 *
 * Crash safety is the kernel's: outer dies (kill -9 too) → pdeathsig kills unshare → kill-child
 * kills pid 1 → the kernel kills every process of the pid namespace, stopped ones included, and the
 * namespaces, bridge and firewall tables go with the last of them. No name is left anywhere, since
 * none was ever given.
 */

import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { EXIT, LabError } from "../../errors.ts";
import { register, removeDeadLabs } from "./registry.ts";

/** Set in the environment of the inside process: the descriptor of the pipe from its owner. */
const LIFELINE = "ZKLAB_LIFELINE_FD";

export function isInside(): boolean {
  return process.env[LIFELINE] !== undefined;
}

/**
 * Runs this same command line inside fresh namespaces and resolves with its exit code. The first
 * interrupt asks it to heal, collect and audit what there is; the second kills it.
 */
export async function enter(argv: readonly string[]): Promise<number> {
  removeDeadLabs();
  const main = process.argv[1];
  if (main === undefined) throw new LabError("environment", "enter the switch: no script path");
  const child = spawn(
    "setpriv",
    [
      ...[
        "--pdeathsig",
        "KILL",
        "unshare",
        ...userNamespace(),
        "--net",
        "--mount",
        "--pid",
        "--fork",
      ],
      ...["--kill-child=KILL", "--mount-proc", "--propagation", "private", "--"],
      ...[process.execPath, ...process.execArgv, main, ...argv],
    ],
    // Its own session: a terminal's Ctrl-C reaches only this process, which passes it on once.
    {
      stdio: ["inherit", "inherit", "inherit", "pipe"],
      detached: true,
      env: {
        ...process.env,
        // An ordinary user's PATH has no sbin, where ip and nft are.
        PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`,
        [LIFELINE]: "3",
        ZKLAB_OWNER_PID: String(process.pid),
      },
    },
  );
  const unregister = child.pid === undefined ? () => undefined : register(child.pid, argv);
  const lifeline = child.stdio[3] as Duplex | null | undefined;
  const goodbye = listenForGoodbye(lifeline);
  const interrupts = forwardInterrupts(child, lifeline);
  try {
    const { code, signal } = await ending(child);
    if (code !== null && (code !== UNSHARE_FAILED || goodbye.said())) return code;
    if (interrupts.asked() > 1) return EXIT.interrupted;
    throw new LabError(
      "environment",
      `the lab was ended from outside${signal === null ? "" : ` by ${signal}`}`,
      {
        hint: "nothing of it is left but its run directory; was the machine out of memory?",
      },
    );
  } finally {
    interrupts.stop();
    unregister();
  }
}

/** An ordinary user gets the namespaces inside a user namespace, in which it is called root. */
function userNamespace(): string[] {
  return process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
}

/**
 * unshare is to end by the signal that ended its child, but that of util-linux 2.38 then ends with 1,
 * which is an answer of ours too. So who ends of its own accord says goodbye first (lifeline.ts).
 */
const UNSHARE_FAILED = 1;

function listenForGoodbye(lifeline: Duplex | null | undefined): { said: () => boolean } {
  let said = false;
  lifeline?.on("data", () => {
    said = true;
  });
  return { said: () => said };
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function ending(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      reject(
        new LabError(
          "environment",
          "enter the switch's namespaces: setpriv/unshare did not start",
          {
            hint: "run `zklab doctor`",
            cause,
          },
        ),
      );
    });
    // `close`, not `exit`: then the lifeline is read to its end, and process 1 is gone.
    child.once("close", (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({ code, signal }),
    );
  });
}

function forwardInterrupts(
  child: ChildProcess,
  lifeline: Duplex | null | undefined,
): { asked: () => number; stop: () => void } {
  lifeline?.on("error", () => undefined);
  let asked = 0;
  const onSignal = (): void => {
    asked += 1;
    if (asked === 1) lifeline?.write("interrupt\n");
    else child.kill("SIGKILL");
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    asked: () => asked,
    stop: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
