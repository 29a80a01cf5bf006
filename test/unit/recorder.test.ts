/** The recorder: order, waiters, limits and aborts; and what it leaves on disk. */

import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../lab/errors.ts";
import { type HistoryEvent, historyEventSchema } from "../../lab/evidence/history.ts";
import { Recorder } from "../../lab/evidence/recorder.ts";

const LIMIT_MS = 2_000;

let folder: string;
let file: string;
let recorder: Recorder;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zklab-recorder-"));
  file = join(folder, "history.jsonl");
  recorder = new Recorder(file, process.hrtime.bigint());
});
afterEach(() => {
  recorder.close();
  rmSync(folder, { recursive: true, force: true });
});

function stage(name: string): void {
  recorder.record({ type: "stage", stage: name });
}

const stageOf = (event: HistoryEvent): string | undefined =>
  event.type === "stage" ? event.stage : undefined;

function onDisk(): HistoryEvent[] {
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => historyEventSchema.parse(JSON.parse(line)));
}

describe("Recorder", () => {
  it("has an event on disk before anybody hears of it, in order, with rising times", () => {
    const heard: [string | undefined, number][] = [];
    recorder.subscribe((event) => heard.push([stageOf(event), onDisk().length]));
    for (const name of ["a", "b", "c"]) stage(name);
    expect(heard).toEqual([
      ["a", 1],
      ["b", 2],
      ["c", 3],
    ]);
    const times = onDisk().map((event) => event.at);
    expect(times).toEqual([...times].sort((x, y) => x - y));
  });

  it("keeps the time that the source brought", () => {
    recorder.record({ type: "stage", stage: "then", at: 42 });
    expect(onDisk()).toEqual([{ type: "stage", stage: "then", at: 42 }]);
  });

  it("refuses an event that is none, and writes nothing of it", () => {
    expect(() => recorder.record({ type: "sealing", zxid: "seven", path: "/" })).toThrow(
      /bug in zklab/,
    );
    expect(readFileSync(file, "utf8")).toBe("");
  });

  it("wakes each waiter at the first event that it picks, and only once", async () => {
    const seen: string[] = [];
    const waitFor = (wanted: string): Promise<string> =>
      recorder.next((event) => (stageOf(event) === wanted ? wanted : undefined), {
        name: wanted,
        limitMs: LIMIT_MS,
      });
    const waits = [waitFor("b"), waitFor("a"), waitFor("b")].map((wait) =>
      wait.then((s) => seen.push(s)),
    );
    for (const name of ["x", "a", "b", "b"]) stage(name);
    await Promise.all(waits);
    expect(seen).toEqual(["a", "b", "b"]);
  });

  it("does not look back: what was recorded before the wait is not waited for", async () => {
    stage("a");
    const wait = recorder.next(stageOf, { name: "a stage", limitMs: 30 });
    await expect(wait).rejects.toThrow("wait for a stage: not seen within 30 ms");
    await expect(wait).rejects.toMatchObject({ code: "timeout" });
  });

  it("rejects with the signal's own reason, also where it was aborted before", async () => {
    const abort = new AbortController();
    const options = { name: "never", limitMs: LIMIT_MS, signal: abort.signal };
    const during = recorder.next(() => undefined, options);
    const reason = new LabError("interrupted", "interrupted: enough");
    abort.abort(reason);
    await expect(during).rejects.toBe(reason);
    await expect(recorder.next(() => undefined, options)).rejects.toBe(reason);
  });

  it("a waiter that gave up hears nothing more", async () => {
    let asked = 0;
    const abort = new AbortController();
    const wait = recorder.next(
      () => {
        asked += 1;
        return undefined;
      },
      { name: "never", limitMs: LIMIT_MS, signal: abort.signal },
    );
    stage("a");
    abort.abort(new Error("enough"));
    await expect(wait).rejects.toThrow("enough");
    stage("b");
    expect(asked).toBe(1);
  });

  it("an event recorded by a listener comes after the one that it heard", () => {
    const unsubscribe = recorder.subscribe((event) => {
      if (stageOf(event) === "a") stage("after a");
    });
    stage("a");
    unsubscribe();
    stage("a");
    expect(onDisk().map(stageOf)).toEqual(["a", "after a", "a"]);
  });

  it("takes nothing after it was closed, and closes twice without complaint", () => {
    stage("a");
    recorder.close();
    stage("b");
    recorder.close();
    expect(onDisk().map(stageOf)).toEqual(["a"]);
  });

  it("never writes into a history that is there already", () => {
    expect(() => new Recorder(file, 0n)).toThrow(/EEXIST/);
  });
});

describe("Recorder on a full disk", () => {
  it("ends the history once, rejects whoever waits, and lets the run clean up", async () => {
    // A device that is always full.
    const full = join(folder, "full.jsonl");
    symlinkSync("/dev/full", full);
    const onFull = new Recorder(full, process.hrtime.bigint(), "w");
    const options = { name: "a stage", limitMs: LIMIT_MS };
    const waiting = onFull.next(stageOf, options);
    onFull.record({ type: "stage", stage: "stop" });
    onFull.record({ type: "stage", stage: "stop" });
    await expect(waiting).rejects.toThrow(/^write .*full\.jsonl: ENOSPC/);
    await expect(onFull.next(stageOf, options)).rejects.toBe(onFull.failure);
    expect(onFull.failure).toMatchObject({
      code: "environment",
      hint: expect.stringContaining("room"),
    });
    onFull.close();
  });
});
