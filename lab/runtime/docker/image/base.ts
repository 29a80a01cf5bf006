/**
 * Where the images' base comes from. `registry`: official images, which the engine pulls. `host`: a
 * copy of this machine's java, node and a few tools with their libraries, in seconds. `debian`: this
 * Debian's packages, in a minute. Without a choice: the first of registry and host that can be had.
 */

import type Dockerode from "dockerode";
import type { Setup } from "../../setup/setup.ts";
import { REGISTRY_SERVER_IMAGE, reachesRegistry } from "../registry-probe.ts";
import { hasImage } from "./build.ts";
import { provideDebianBase } from "./debian-base.ts";
import { provideHostBase } from "./host-base.ts";
import { pullImage } from "./pull.ts";

export const BASE_KINDS = ["registry", "debian", "host"] as const;
export type BaseKind = (typeof BASE_KINDS)[number];

export interface Base {
  readonly kind: BaseKind;
  /** The image that servers start from, and the one for contenders; the same where we made it. */
  readonly server: string;
  readonly contender: string;
  /** Why this one; undefined where it was asked for. */
  readonly why: string | undefined;
}

export interface BaseOptions {
  readonly docker: Dockerode;
  readonly setup: Setup;
  readonly base?: BaseKind;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

export async function provideBase(options: BaseOptions): Promise<Base> {
  const { base: asked } = options;
  if (asked !== undefined) return { ...(await provideKind(asked, options)), why: undefined };
  const images = registryImages();
  const pulled =
    (await hasImage(options.docker, images.server)) &&
    (await hasImage(options.docker, images.contender));
  if (pulled) return { ...images, why: "pulled earlier" };
  const registry = await reachesRegistry(options.env);
  if (registry.ok) {
    return { ...(await provideKind("registry", options)), why: "the registry answers" };
  }
  const kind = process.platform === "linux" ? "host" : "debian";
  return { ...(await provideKind(kind, options)), why: "no image registry can be reached" };
}

type Provided = Omit<Base, "why">;

async function provideKind(kind: BaseKind, options: BaseOptions): Promise<Provided> {
  if (kind === "registry") {
    const images = registryImages();
    for (const image of [images.server, images.contender]) {
      if (!(await hasImage(options.docker, image))) await pullImage(options.docker, image);
    }
    return images;
  }
  const provide = kind === "host" ? provideHostBase : provideDebianBase;
  const image = await provide(options);
  return { kind, server: image, contender: image };
}

/** Node's image in the major version of this Node: the native client was built for its ABI. */
function registryImages(): Provided {
  const major = process.versions.node.split(".")[0] ?? "20";
  return {
    kind: "registry",
    server: REGISTRY_SERVER_IMAGE,
    contender: `node:${major}-bookworm-slim`,
  };
}
