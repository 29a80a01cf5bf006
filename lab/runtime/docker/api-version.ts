/**
 * Which version of the engine's API is spoken: the newest that both sides know, as the docker command
 * does it. Without a version in the path an engine answers in its own newest, whatever that has become.
 */

import { LabError } from "../../errors.ts";

/** Engine 20.10's, and engine 25's, which engines up to 29 and later still speak: what zklab is written for. */
const OLDEST = "1.41";
const NEWEST = "1.44";

export interface OfferedApi {
  /** The engine's newest, e.g. `1.52`. */
  readonly newest: string;
  /** Its oldest; engines before 1.25 do not say. */
  readonly oldest: string | undefined;
}

/**
 * `asked` is DOCKER_API_VERSION, which overrides what would be chosen. Throws LabError("environment")
 * where the engine is too old, or does not speak what was asked for.
 */
export function negotiate({ newest, oldest }: OfferedApi, asked: string | undefined): string {
  const offers = `the engine speaks ${oldest ?? "1.12"} to ${newest}`;
  if (asked !== undefined && asked !== "") {
    if (!isBefore(newest, asked) && !isBefore(asked, oldest ?? asked)) return asked;
    throw new LabError("environment", `use API ${asked} of the engine: ${offers}`, {
      hint: "set DOCKER_API_VERSION to one of these, or leave it out",
    });
  }
  if (isBefore(newest, OLDEST)) {
    throw new LabError("environment", `use the engine: ${offers}, zklab wants ${OLDEST}`, {
      hint: "Docker engine 20.10 or later",
    });
  }
  // An engine that has given up our newest: its oldest is the nearest to what we know.
  if (oldest !== undefined && isBefore(NEWEST, oldest)) return oldest;
  return isBefore(newest, NEWEST) ? newest : NEWEST;
}

function isBefore(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split(".").map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split(".").map(Number);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}
