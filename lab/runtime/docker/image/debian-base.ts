/**
 * A base image from Debian's packages, without a registry: mmdebstrap (or debootstrap) makes a root
 * file system from this machine's own mirror, and this machine's node joins it, since contenders
 * need the very Node that their native client was built for.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { LabError } from "../../../errors.ts";
import { howItEnded, runCommand, succeeded, tailOf } from "../../setup/command.ts";
import { findDebianMirror } from "../../setup/docker/debian-mirror.ts";
import { findProgram } from "../../setup/java.ts";
import { thisMachine } from "../../setup/requirements.ts";
import type { BaseOptions } from "./base.ts";
import { hasImage, importImage } from "./build.ts";

const REPOSITORY = "zklab-base";
const RECIPE = 1;
const LIMIT_MS = 5 * 60 * 1000;
const PACKAGES = [
  ...["default-jre-headless", "bash", "iproute2", "nftables", "libstdc++6", "ca-certificates"],
];

/** The image's name; made where the engine does not have it (under a minute). */
export async function provideDebianBase({ docker, env, say }: BaseOptions): Promise<string> {
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const identity = [RECIPE, arch(), suite, process.version, ...PACKAGES].join("\n");
  const tag = `debian-${createHash("sha256").update(identity).digest("hex").slice(0, 12)}`;
  const name = `${REPOSITORY}:${tag}`;
  if (await hasImage(docker, name)) return name;
  const mmdebstrap = await findProgram("mmdebstrap", env);
  const debootstrap = await findProgram("debootstrap", env);
  const program = mmdebstrap ?? debootstrap;
  if (program === undefined || suite === undefined) {
    throw new LabError("environment", "make a base image of Debian: there is no mmdebstrap", {
      hint: "apt-get install mmdebstrap, or use `zklab images --base host`",
    });
  }
  say(`making ${name} from the packages of Debian ${suite} (about 40 s)`);
  const mirror = await findDebianMirror(thisMachine(env));
  const work = await mkdtemp(join(tmpdir(), "zklab-debian-"));
  try {
    const root = join(work, "root");
    await mkdir(root);
    const include = `--include=${PACKAGES.join(",")}`;
    const variant = mmdebstrap === undefined ? "--variant=minbase" : "--variant=apt";
    const result = await runCommand(program, [variant, include, suite, root, mirror], {
      timeoutMs: LIMIT_MS,
      env,
    });
    if (!succeeded(result)) {
      throw new LabError(
        "environment",
        `make a base image of Debian: ${program} ${howItEnded(result)}\n${tailOf(result)}`,
        { hint: "use `zklab images --base host`" },
      );
    }
    await copyFile(process.execPath, join(root, "usr/local/bin/node"));
    await stat(join(root, "usr/bin/java"));
    await importImage(docker, tarOf(root), [REPOSITORY, tag]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return name;
}

/** Without what nobody reads in a container: package lists, archives, documents. */
function tarOf(root: string): Readable {
  const leftOut = [
    "./var/lib/apt/lists/*",
    "./var/cache/*",
    "./usr/share/doc/*",
    "./usr/share/man/*",
  ];
  const excludes = [...leftOut, "./dev/*", "./proc/*", "./sys/*"].map((one) => `--exclude=${one}`);
  const child = spawn("tar", ["-c", "--numeric-owner", ...excludes, "-C", root, "."], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return child.stdout;
}
