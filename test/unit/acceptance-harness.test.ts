import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fingerprint } from "../acceptance/code-under-test.ts";
import { openProgress } from "../acceptance/progress.ts";
import { makeResult } from "../acceptance/result.ts";
import { type CountedRun, median, type Outcome } from "../acceptance/topic.ts";

interface Entry extends CountedRun {
  readonly wallMs: number;
}
const run = (wallMs: number): Entry => ({ versions: { java: "17", zookeeper: "3.9.5" }, wallMs });

let root: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "zklab-acceptance-"));
  file = join(root, "made", "topic.jsonl");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (code: string): ReturnType<typeof openProgress<Entry>> =>
  openProgress<Entry>(file, { topic: "topic", fingerprint: code });

describe("openProgress", () => {
  it("goes on where an earlier process stopped, while the code is the same", () => {
    open("a").add(run(1));
    const second = open("a");
    second.add(run(2));
    expect(second.entries).toEqual([run(1), run(2)]);
    expect(open("a").entries).toEqual([run(1), run(2)]);
    expect(second.startedAnew).toBeUndefined();
  });

  it("starts anew for other code, says so, and keeps the old counts beside", () => {
    open("a").add(run(1));
    const other = open("b");
    expect(other.entries).toEqual([]);
    expect(other.startedAnew).toContain("1 counted run(s)");
    expect(existsSync(`${file}.old`)).toBe(true);
    expect(open("b").startedAnew).toBeUndefined();
  });

  it("does not count the run that the process died in", () => {
    open("a").add(run(1));
    appendFileSync(file, '{"versions":{"java"');
    const again = open("a");
    again.add(run(2));
    expect(open("a").entries).toEqual([run(1), run(2)]);
  });

  it("refuses a damaged line in the middle", () => {
    open("a").add(run(1));
    appendFileSync(file, "nonsense\n");
    expect(() => open("a")).toThrow(/topic\.jsonl:3: not JSON/);
  });
});

describe("fingerprint", () => {
  beforeEach(() => {
    mkdirSync(join(root, "dist", "lab"), { recursive: true });
    mkdirSync(join(root, "lab"));
    writeFileSync(join(root, "dist", "lab", "run.js"), "one");
    writeFileSync(join(root, "lab", "gc-pause.yaml"), "one");
    writeFileSync(join(root, "lab", "run.ts"), "one");
    writeFileSync(join(root, "package-lock.json"), "{}");
  });

  it("changes with what was built and with the data read beside it", () => {
    const before = fingerprint(root);
    writeFileSync(join(root, "dist", "lab", "run.js"), "two");
    const rebuilt = fingerprint(root);
    writeFileSync(join(root, "lab", "gc-pause.yaml"), "two");
    expect(new Set([before, rebuilt, fingerprint(root)]).size).toBe(3);
  });

  it("stays where only sources changed that were not built", () => {
    const before = fingerprint(root);
    writeFileSync(join(root, "lab", "run.ts"), "two");
    expect(fingerprint(root)).toBe(before);
  });
});

describe("makeResult", () => {
  const topic = {
    name: "topic",
    sentence: "It holds.",
    runs: 3,
    run: (): Promise<Outcome> => Promise.reject(new Error("not run here")),
  };
  const good: Outcome = { passed: true, counts: { good: 3 }, medians: { wallMs: 2 } };
  const result = (changes: {
    done?: Entry[];
    asked?: number;
    outcome?: Outcome | undefined;
    cutShort?: string;
  }): ReturnType<typeof makeResult> =>
    makeResult({
      topic,
      asked: 3,
      done: [run(1), run(2), run(3)],
      outcome: good,
      cutShort: undefined,
      code: { commit: "c0ffee", modified: false, fingerprint: "f" },
      now: new Date(0),
      argv: ["topic"],
      ...changes,
    });

  it("passes where all promised runs were made and show the sentence", () => {
    expect(result({})).toMatchObject({ complete: true, passed: true });
  });

  it("does not pass where the runs show otherwise", () => {
    const outcome = { ...good, passed: false };
    expect(result({ outcome })).toMatchObject({ complete: true, passed: false });
  });

  it("is incomplete where fewer runs were asked for than promised", () => {
    const made = result({ done: [run(1)], asked: 1 });
    expect(made).toMatchObject({ complete: false, passed: false });
    expect(made.runs).toEqual({ promised: 3, asked: 1, done: 1 });
  });

  it("is incomplete where more were asked for than made", () => {
    expect(result({ asked: 4 })).toMatchObject({ complete: false, passed: false });
  });

  it("is incomplete where the topic was cut short, and says by what", () => {
    const made = result({ outcome: undefined, cutShort: "no java" });
    expect(made).toMatchObject({ complete: false, passed: false, notes: ["cut short: no java"] });
  });

  it("names every version where counted runs differ", () => {
    const other = { ...run(3), versions: { java: "17", zookeeper: "3.8.0" } };
    expect(result({ done: [run(1), run(2), other] }).versions).toMatchObject({
      java: "17",
      zookeeper: "3.9.5, 3.8.0",
    });
  });
});

describe("median", () => {
  it("does not depend on the order, and sorts by number", () => {
    expect(median([100, 9, 20])).toBe(20);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });
});
