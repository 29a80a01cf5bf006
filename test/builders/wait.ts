/** Waiting in tests: for a named condition, with a limit; never for a while. */

import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 20;

/** Asks until it gives something; rejects with the name and what was last seen where it never does. */
export async function until<T>(
  name: string,
  limitMs: number,
  ask: () => T | undefined | Promise<T | undefined>,
  seen: () => unknown = () => "nothing",
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) {
      throw new Error(`wait for ${name}: not within ${limitMs} ms; last seen: ${String(seen())}`);
    }
    await delay(POLL_MS);
  }
}
