/** A folder of one test: its runs, its scenario files, its own list of living labs, its own zklab. */

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import { cacheDirectory } from "../../lab/runtime/setup/cache.ts";

const ROOT = packageRoot();
const MAVEN = join("lab", "runtime", "setup", "maven");
const JAVA = join("contenders", "java");

/** A fresh folder that everybody may walk into; disposing removes it. */
export class ScratchFolder implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "zklab-test-"));
    chmodSync(this.path, 0o755);
  }

  file(name: string, text: string): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** The environment of a lab whose list of living labs is its own, with the machine's jars. */
  ownCache(): { ZKLAB_CACHE: string } {
    const cache = join(this.path, "cache");
    mkdirSync(cache, { recursive: true });
    for (const name of ["zookeeper", "native-client"]) {
      const shared = join(cacheDirectory(), name);
      mkdirSync(shared, { recursive: true });
      if (!existsSync(join(cache, name))) symlinkSync(shared, join(cache, name));
    }
    return { ZKLAB_CACHE: cache };
  }

  /** Copies what an installed zklab consists of; gives its main.js. */
  installZklab(folder: string): string {
    const to = join(this.path, folder);
    for (const name of [
      "package.json",
      "dist",
      "docker-compose.yml",
      join("lab", "scenario", "catalogue"),
      join("lab", "runtime", "docker", "images"),
      MAVEN,
      JAVA,
    ]) {
      cpSync(join(ROOT, name), join(to, name), { recursive: true });
    }
    const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
      packages: Record<string, { dev?: boolean; optional?: boolean }>;
    };
    for (const [path, { dev }] of Object.entries(lock.packages)) {
      if (path === "" || dev === true || !existsSync(join(ROOT, path))) continue;
      cpSync(join(ROOT, path), join(to, path), { recursive: true });
    }
    return join(to, "dist", "lab", "main.js");
  }

  [Symbol.dispose](): void {
    // What a killed lab wrote last may appear while this goes through it.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
