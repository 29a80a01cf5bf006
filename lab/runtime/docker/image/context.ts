/** Build contexts: a folder with the Dockerfile and all that it copies, and a digest of all of it. */

import { createHash } from "node:crypto";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import { LOGGING_FILES } from "../../../ensemble/config.ts";
import { packageRoot, zklabVersion } from "../../../package-root.ts";
import type { Setup } from "../../setup/setup.ts";
import type { ZooKeeperJars } from "../../setup/zookeeper-jars.ts";
import { moduleClosure } from "./module-closure.ts";

export interface Context {
  readonly directory: string;
  /** Of every file's name, mode and content. */
  readonly digest: string;
  /** What people see in the image's tag. */
  readonly version: string;
}

const IMAGES = join("lab", "runtime", "docker", "images");

export async function stageServer(zookeeper: ZooKeeperJars): Promise<Context> {
  const directory = await mkdtemp(join(tmpdir(), "zklab-server-"));
  await cp(join(packageRoot(), IMAGES, "server"), directory, { recursive: true });
  await mkdir(join(directory, "jars"));
  for (const jar of zookeeper.jars) await copyFile(jar, join(directory, "jars", basename(jar)));
  for (const [name, text] of Object.entries(LOGGING_FILES)) {
    await writeFile(join(directory, name), text);
  }
  return { directory, digest: await digestOf(directory), version: zookeeper.version };
}

/** The contenders' program with every module that it imports, and of the others what is built. */
export async function stageContender({ nativeClient, curator }: Setup): Promise<Context> {
  const directory = await mkdtemp(join(tmpdir(), "zklab-contender-"));
  await cp(join(packageRoot(), IMAGES, "contender"), directory, { recursive: true });
  const root = packageRoot();
  const app = join(directory, "app");
  // znodes.js makes the parents that a lab makes, for contenders that are started by hand.
  const entries = ["dist/contenders/main.js", "dist/lab/runtime/docker/znodes.js"];
  const closure = await moduleClosure(entries.map((entry) => join(root, entry)));
  for (const file of [...closure.files, join(root, "package.json")]) {
    const to = join(app, relative(root, file));
    await mkdir(dirname(to), { recursive: true });
    await copyFile(file, to);
  }
  for (const { name, directory: from } of closure.packages) {
    await cp(from, join(app, "node_modules", name), { recursive: true, dereference: true });
  }
  const client = join(directory, "native-client");
  await mkdir(client);
  if (nativeClient !== undefined) await cp(nativeClient.directory, client, { recursive: true });
  const jars = join(directory, "curator");
  await mkdir(jars);
  if (curator !== undefined) await cp(curator.directory, jars, { recursive: true });
  return { directory, digest: await digestOf(directory), version: zklabVersion() };
}

async function digestOf(directory: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  for (const path of paths) {
    hash.update(`${relative(directory, path)}\0`);
    hash.update(
      createHash("sha256")
        .update(await readFile(path))
        .digest(),
    );
  }
  return hash.digest("hex");
}
