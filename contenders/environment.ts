/** What the lab tells a contender at its start (contract v1): environment variables, checked at once. */

import { z } from "zod";

const schema = z.object({
  ZKLAB_CONTENDER: z.string().regex(/^[A-Za-z0-9_.-]+$/),
  ZKLAB_INCARNATION: z.coerce.number().int().positive().default(1),
  ZKLAB_CONNECT: z.string().min(1),
  ZKLAB_ELECTION_PATH: z.string().startsWith("/"),
  ZKLAB_GUARDED_PATH: z.string().startsWith("/"),
  ZKLAB_SESSION_TIMEOUT_MS: z.coerce.number().int().positive(),
  ZKLAB_WRITES_PER_SECOND: z.coerce.number().nonnegative(),
  ZKLAB_OPTIONS: z.string().default("{}"),
});

export interface ContenderEnvironment {
  /** `c1`; with the incarnation, `c1#2`, the prefix of its op ids. */
  readonly name: string;
  readonly incarnation: number;
  readonly connect: string;
  readonly electionPath: string;
  readonly guardedPath: string;
  readonly sessionTimeoutMs: number;
  /** 0: writes only on the command `write`. */
  readonly writesPerSecond: number;
  /** The strategy's own, checked by the strategy. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Throws an Error that names every variable that is missing or wrong. */
export function readEnvironment(env: NodeJS.ProcessEnv): ContenderEnvironment {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`);
    throw new Error(`read the contender's environment: ${problems.join("; ")}`);
  }
  const e = parsed.data;
  return {
    name: e.ZKLAB_CONTENDER,
    incarnation: e.ZKLAB_INCARNATION,
    connect: e.ZKLAB_CONNECT,
    electionPath: e.ZKLAB_ELECTION_PATH,
    guardedPath: e.ZKLAB_GUARDED_PATH,
    sessionTimeoutMs: e.ZKLAB_SESSION_TIMEOUT_MS,
    writesPerSecond: e.ZKLAB_WRITES_PER_SECOND,
    options: z.record(z.string(), z.unknown()).parse(JSON.parse(e.ZKLAB_OPTIONS)),
  };
}
