/**
 * The engine that `npm test` runs the docker suite on. In CI one is set up where there is none, and
 * ended afterwards, exactly the one that was started; a person's machine is left as it is, and where it
 * has none the suite is left out, for a reason that is said.
 */

import { stopEngine } from "../../lab/runtime/setup/docker/daemon.ts";
import { lookAtDocker } from "../../lab/runtime/setup/docker/look.ts";
import { describeDocker, ensureDocker } from "../../lab/runtime/setup/docker/setup.ts";
import { thisMachine } from "../../lab/runtime/setup/requirements.ts";

export interface TestEngine {
  /** Why the docker suite is left out; undefined where it runs. */
  readonly leftOut: string | undefined;
  /** Ends the engine if it was started here; the second time there is none to end. */
  end(): Promise<void>;
}

/** Throws LabError("environment") in CI where there is no engine and none can be had. */
export async function provideEngine(
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<TestEngine> {
  const before = await lookAtDocker(thisMachine(env));
  const wanted = env["CI"] === "true";
  const complete = before.engine !== undefined && before.compose !== undefined;
  if (!complete && !wanted) {
    const problem = before.engineProblem ?? "there is no docker compose 2 or later";
    const leftOut = `${problem}; \`zklab setup --docker\` brings engine and compose`;
    return { leftOut, end: () => Promise.resolve() };
  }
  const look = await ensureDocker({
    ...{ yes: wanted, interactive: false, env, say },
    ask: () => Promise.resolve(false),
  });
  say(describeDocker(look));
  const end = async (): Promise<void> => {
    const ended = before.engine === undefined ? await stopEngine(env) : undefined;
    if (ended !== undefined) say(`ended the engine that was started for the tests (pid ${ended})`);
  };
  return { leftOut: undefined, end };
}
