/**
 * The inside half of enter.ts's pipe: `interrupt` asks for an orderly end, end of file means that the
 * owner is gone. The kernel has then killed this process already, except in the instant before
 * setpriv set the death signal; for that instant end of file ends the process too.
 */

import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { LabError } from "../../errors.ts";

/** Aborts with LabError("interrupted") at the owner's first interrupt. */
export function interruptSignal(): AbortSignal {
  const abort = new AbortController();
  const descriptor = Number(process.env["ZKLAB_LIFELINE_FD"]);
  const lifeline = new Socket({ fd: descriptor, readable: true, writable: false });
  lifeline.on("data", () => {
    abort.abort(
      new LabError("interrupted", "interrupted: healing, collecting and auditing what there is"),
    );
  });
  lifeline.on("end", () => process.exit(130));
  lifeline.on("error", () => process.exit(130));
  lifeline.unref();
  process.once("exit", () => sayGoodbye(descriptor));
  return abort.signal;
}

/** Tells the owner that this end is our own: killed from outside, nothing is said. */
function sayGoodbye(descriptor: number): void {
  try {
    writeSync(descriptor, "goodbye\n");
  } catch {
    // The owner is gone; nobody is left to tell.
  }
}
