/** From where on a number is a warning, and from where critical; each may be set on the command line. */

import { LabError } from "../errors.ts";

export interface Thresholds {
  /** Share of the epoch that is used, 0 to 1. */
  readonly shareWarning: number;
  readonly shareCritical: number;
  /** Days until the counter runs out, at the pessimistic rate. */
  readonly daysWarning: number;
  readonly daysCritical: number;
  /** Longest time from looking for a leader to having one, or the vote alone, in ms. */
  readonly electionMsWarning: number;
  readonly electionMsCritical: number;
  /** Changes of epoch in the samples looked at. */
  readonly changesWarning: number;
  readonly changesCritical: number;
}

export const THRESHOLDS: Thresholds = {
  shareWarning: 0.7,
  shareCritical: 0.9,
  daysWarning: 14,
  daysCritical: 2,
  electionMsWarning: 3_000,
  electionMsCritical: 10_000,
  changesWarning: 2,
  changesCritical: 5,
};

/** `name=value` texts over the defaults. Throws LabError("usage") naming what is there to set. */
export function parseThresholds(texts: readonly string[]): Thresholds {
  const set: Record<string, number> = { ...THRESHOLDS };
  for (const text of texts) {
    const [, name = "", value = ""] = /^([A-Za-z]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    // Not `in`: a name such as toString is in every object.
    if (!Object.hasOwn(THRESHOLDS, name)) {
      const known = Object.entries(THRESHOLDS).map(([key, standard]) => `${key}=${standard}`);
      throw new LabError("usage", `threshold ${JSON.stringify(text)}: not name=number of one`, {
        hint: `there are ${known.join(", ")}`,
      });
    }
    set[name] = Number(value);
  }
  return { ...THRESHOLDS, ...set };
}
