import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { packageRoot } from "../../lab/package-root.ts";
import { moduleClosure } from "../../lab/runtime/docker/image/module-closure.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";

describe("moduleClosure", () => {
  it("follows every kind of import, and no word that only looks like one", async () => {
    using scratch = new ScratchFolder();
    const write = (name: string, text: string): void =>
      writeFileSync(join(scratch.path, name), text);
    mkdirSync(join(scratch.path, "node_modules/dep"), { recursive: true });
    write("node_modules/dep/package.json", '{"name":"dep","main":"index.js"}');
    write("node_modules/dep/index.js", "");
    write(
      "a.js",
      'import { b } from "./b.js";\nimport {\n  c,\n} from "./c.js";\nimport "./d.js";\n',
    );
    write("b.js", 'export { c } from "./c.js";\nconst said = "it depends from one";\n');
    write("c.js", 'import { readFile } from "node:fs";\nimport dep from "dep";\n');
    write("d.js", 'const lazy = () => import("./e.js");\nthrow new Error("dial from here");\n');
    write("e.js", "");
    write("unrelated.js", "");
    const closure = await moduleClosure([join(scratch.path, "a.js")]);
    const names = closure.files.map((file) => relative(scratch.path, file));
    expect(names).toEqual(["a.js", "b.js", "c.js", "d.js", "e.js"]);
    expect(closure.packages.map(({ name }) => name)).toEqual(["dep"]);
  });

  it("says what to do where the program was not built", async () => {
    await expect(moduleClosure(["/nowhere/main.js"])).rejects.toThrow(/cannot be read/);
  });
});

interface ComposeFile {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly ports?: readonly string[];
        readonly init?: boolean;
        readonly cap_drop?: readonly string[];
        readonly profiles?: readonly string[];
      }
    >
  >;
}

describe("docker-compose.yml", () => {
  const text = readFileSync(join(packageRoot(), "docker-compose.yml"), "utf8");
  const { services } = parse(text, { merge: true }) as ComposeFile;

  it("publishes client ports on the loopback and nothing else", () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).toHaveLength(5);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{ZKLAB_PORT_\d:-\d+\}:2181$/);
  });

  it("gives nobody a capability, and no process 1 but the program itself", () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.cap_drop, name).toEqual(["ALL"]);
      expect(service.init, name).toBe(false);
    }
  });

  it("starts three servers unless it is asked for more", () => {
    const plain = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
    expect(plain.map(([name]) => name)).toEqual(["zk1", "zk2", "zk3"]);
  });
});
