/** Pulling an image to its end, with the engine's reason where it cannot. */

import type Dockerode from "dockerode";
import { LabError } from "../../../errors.ts";

export async function pullImage(docker: Dockerode, name: string): Promise<void> {
  try {
    const stream = await docker.pull(name);
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null) =>
        error === null ? resolve() : reject(error),
      );
    });
  } catch (cause) {
    throw new LabError("environment", `pull ${name}: the registry did not give it`, {
      hint: "without a registry: `zklab images --base host` or `--base debian`",
      cause,
    });
  }
}
