/**
 * A base image from this machine: its java and node, a shell and a few tools, and the libraries that
 * they are linked with, as ldd(1) tells. The same versions inside as outside, and no download.
 */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { LabError } from "../../../errors.ts";
import { runCommand } from "../../setup/command.ts";
import { findProgram } from "../../setup/java.ts";
import type { BaseOptions } from "./base.ts";
import { hasImage, importImage } from "./build.ts";

const REPOSITORY = "zklab-base";
/** Changes with what is put into it. */
const RECIPE = 2;
const LDD_LIMIT_MS = 30_000;
/** bash and timeout: health checks and proofs; ip and nft: network faults in a node's namespace. */
const TOOLS = [
  ...["bash", "sh", "cat", "chmod", "cp", "env", "kill", "ls", "mkdir", "sleep", "timeout"],
  ...["ip", "nft", "tc"],
];
const OPTIONAL_TOOLS = new Set(["nft", "tc"]);
/** Of a Java home: what no server needs at run time. */
const NOT_OF_JAVA = new Set([
  "docs",
  "include",
  "jmods",
  "legal",
  "man",
  "src.zip",
  "demo",
  "sample",
]);

/** The image's name; made where the engine does not have it (some 10 s). */
export async function provideHostBase({ docker, setup, env, say }: BaseOptions): Promise<string> {
  const java = await realpath(setup.zookeeper.java);
  const identity = [RECIPE, arch(), java, setup.zookeeper.javaVersion, process.version].join("\n");
  const tag = `host-${createHash("sha256").update(identity).digest("hex").slice(0, 12)}`;
  const name = `${REPOSITORY}:${tag}`;
  if (await hasImage(docker, name)) return name;
  say(
    `making ${name} from this machine's Java ${setup.zookeeper.javaVersion} and Node ${process.version}`,
  );
  const paths = await collectPaths(java, env);
  const root = await mkdtemp(join(tmpdir(), "zklab-base-"));
  try {
    await layOut(root, java);
    await importImage(docker, tarOf(paths, root), [REPOSITORY, tag]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
  return name;
}

/** Absolute paths of all files and links that the image gets, as they are named here. */
async function collectPaths(java: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const found = new Set<string>();
  const programs: string[] = [process.execPath];
  for (const tool of TOOLS) {
    const path = await findProgram(tool, env);
    if (path !== undefined) programs.push(path);
    else if (!OPTIONAL_TOOLS.has(tool)) {
      throw new LabError("environment", `make a base image: this machine has no ${tool}`);
    }
  }
  await addTree(dirname(dirname(java)), found);
  for (const program of programs) await addFile(program, found);
  const linked = [...found].filter((path) => /\.so(\.\d+)*$|\/bin\/|\/sbin\//.test(path));
  for (const library of await librariesOf(linked)) await addFile(library, found);
  return [...found].sort();
}

async function addTree(directory: string, found: Set<string>): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (NOT_OF_JAVA.has(entry.name)) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await addTree(path, found);
    else await addFile(path, found);
  }
}

/**
 * A file under its own name, and where that is a link, the link and what it leads to. Folders that
 * are links (/lib → usr/lib) are resolved first: a tar can hold nothing below a link.
 */
async function addFile(named: string, found: Set<string>): Promise<void> {
  const path = join(await realpath(dirname(named)), basename(named));
  if (found.has(path)) return;
  const stat = await lstat(path).catch(() => undefined);
  if (stat === undefined) return;
  if (stat.isDirectory()) return addTree(path, found);
  found.add(path);
  if (!stat.isSymbolicLink()) return;
  const target = join(dirname(path), await readlink(path));
  const absolute = (await readlink(path)).startsWith("/") ? await readlink(path) : target;
  // Debian's Java home holds links into /etc that lead nowhere for parts that are not installed.
  if ((await lstat(absolute).catch(() => undefined)) !== undefined) await addFile(absolute, found);
}

/** `name => /path (0x…)`, or `/lib64/ld-linux… (0x…)`. What is no dynamic program is passed over. */
async function librariesOf(programs: readonly string[]): Promise<readonly string[]> {
  const result = await runCommand("ldd", programs, { timeoutMs: LDD_LIMIT_MS });
  const matches = result.stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm);
  return [...new Set([...matches].flatMap((match) => match[1] ?? []))];
}

/** What is not copied: accounts, places to write, and the names by which programs are found. */
async function layOut(root: string, java: string): Promise<void> {
  for (const link of ["bin", "sbin", "lib", "lib64"]) {
    const target = await readlink(`/${link}`).catch(() => undefined);
    if (target !== undefined) await symlink(target, join(root, link));
  }
  await mkdir(join(root, "etc"));
  await mkdir(join(root, "tmp"), { mode: 0o777 });
  await mkdir(join(root, "usr", "local", "bin"), { recursive: true });
  await symlink(java, join(root, "usr/local/bin/java"));
  if (process.execPath !== "/usr/local/bin/node") {
    await symlink(process.execPath, join(root, "usr/local/bin/node"));
  }
  const root0 = "root:x:0:0:root:/:/bin/sh\n";
  await writeFile(join(root, "etc/passwd"), `${root0}nobody:x:65534:65534:nobody:/:/bin/sh\n`);
  await writeFile(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  await writeFile(join(root, "etc/nsswitch.conf"), "hosts: files dns\n");
}

function tarOf(paths: readonly string[], root: string): Readable {
  const owner = ["--owner=0", "--group=0", "--numeric-owner"];
  const child = spawn(
    "tar",
    ["-c", "-P", ...owner, "-C", root, ".", "-C", "/", "--no-recursion", "--null", "-T", "-"],
    { stdio: ["pipe", "pipe", "ignore"] },
  );
  child.stdin.end(paths.map((path) => path.slice(1)).join("\0"));
  return child.stdout;
}
