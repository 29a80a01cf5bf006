/**
 * The two images of the lab, servers and contenders, from one Dockerfile each whatever the base is.
 * Named by their content, so that what is there already is found and never built twice, and an old
 * one never mistaken for a new one; `:latest` follows, for `docker compose up` by hand.
 */

import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import type { Setup } from "../setup/setup.ts";
import { type Base, type BaseKind, provideBase } from "./image/base.ts";
import { buildImage, hasImage } from "./image/build.ts";
import { type Context, stageContender, stageServer } from "./image/context.ts";

export interface LabImages {
  /** `zklab-server:3.9.5-0123456789ab` */
  readonly server: string;
  readonly contender: string;
  readonly base: Base;
  /** Which of them were built just now. */
  readonly built: readonly string[];
}

export interface ImagesOptions {
  readonly docker: Dockerode;
  readonly setup: Setup;
  /** Undefined: chosen, and said. */
  readonly base?: BaseKind;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/** Some 0.2 s where both are there; under a minute from nothing without a registry. */
export async function provideImages(options: ImagesOptions): Promise<LabImages> {
  const { docker, setup, say } = options;
  const base = await provideBase(options);
  say(`base image ${base.server}${base.why === undefined ? "" : ` (${base.why})`}`);
  const built: string[] = [];
  const provide = async (name: string, from: string, stage: () => Promise<Context>) => {
    const context = await stage();
    try {
      const id = await imageId(docker, from);
      const hash = createHash("sha256").update(`${id}\n${context.digest}`).digest("hex");
      const tag = `zklab-${name}:${context.version}-${hash.slice(0, 12)}`;
      if (!(await hasImage(docker, tag))) {
        say(`building ${tag}`);
        await buildImage(docker, { directory: context.directory, tag, base: from });
        built.push(tag);
      }
      await docker.getImage(tag).tag({ repo: `zklab-${name}`, tag: "latest" });
      return tag;
    } finally {
      await rm(context.directory, { recursive: true, force: true });
    }
  };
  const server = await provide("server", base.server, () => stageServer(setup.zookeeper));
  const contender = await provide("contender", base.contender, () => stageContender(setup));
  return { server, contender, base, built };
}

async function imageId(docker: Dockerode, name: string): Promise<string> {
  try {
    return (await docker.getImage(name).inspect()).Id;
  } catch (cause) {
    throw new LabError("environment", `image ${name}: the engine does not have it`, {
      hint: "choose another base: `zklab images --base host`",
      cause,
    });
  }
}
