/** A real Prometheus (Debian's package) that scrapes one page with one file of rules, and its promtool. */

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { LabError } from "../../../lab/errors.ts";

/** The version, as Prometheus says it; throws where the package is missing. */
export function findPrometheus(): string {
  try {
    const said =
      ["promtool", "prometheus"].map((program) =>
        execFileSync(program, ["--version"], { encoding: "utf8" }),
      )[1] ?? "";
    return /version (\S+?)[+,\s]/.exec(said)?.[1] ?? "unknown";
  } catch (cause) {
    throw new LabError("environment", "find prometheus and promtool: they are not on PATH", {
      hint: "apt-get install -y --no-install-recommends prometheus (its service need not run)",
      cause,
    });
  }
}

/** What promtool says of the rules; it rejects what is none by its exit code. */
export function checkRules(file: string): string {
  return execFileSync("promtool", ["check", "rules", file], { encoding: "utf8" }).trim();
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

export class Prometheus implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #origin: string;

  private constructor(process: ChildProcess, origin: string) {
    this.#process = process;
    this.#origin = origin;
  }

  /** It looks, and weighs its rules, every second. */
  static start(options: {
    readonly directory: string;
    readonly rules: string;
    /** `host:port` of the page. */
    readonly target: string;
    readonly port: number;
  }): Prometheus {
    const { directory, rules, target, port } = options;
    mkdirSync(directory, { recursive: true });
    const config = join(directory, "prometheus.yml");
    const second = { scrape_interval: "1s", evaluation_interval: "1s" };
    const scrape = { job_name: "zklab", static_configs: [{ targets: [target] }] };
    writeFileSync(
      config,
      stringify({ global: second, rule_files: [rules], scrape_configs: [scrape] }),
    );
    const child = spawn(
      "prometheus",
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    const endWithUs = (): boolean => child.kill("SIGKILL");
    process.once("exit", endWithUs);
    child.once("exit", () => process.off("exit", endWithUs));
    return new Prometheus(child, `http://127.0.0.1:${port}`);
  }

  /** The one value of an expression; undefined where there is none yet. */
  async value(expression: string): Promise<number | undefined> {
    const query = new URLSearchParams({ query: expression });
    const found = await this.#ask<{ result: { value: [number, string] }[] }>(`query?${query}`);
    const text = found?.result[0]?.value[1];
    return text === undefined ? undefined : Number(text);
  }

  async alerts(): Promise<readonly Alert[]> {
    return (await this.#ask<{ alerts: Alert[] }>("alerts"))?.alerts ?? [];
  }

  async isFiring(name: string, severity: string): Promise<boolean> {
    const alerts = await this.alerts();
    return alerts.some(
      ({ labels, state }) =>
        labels["alertname"] === name && labels["severity"] === severity && state === "firing",
    );
  }

  async #ask<T>(path: string): Promise<T | undefined> {
    const answer = await fetch(`${this.#origin}/api/v1/${path}`).catch(() => undefined);
    if (answer === undefined || !answer.ok) return undefined;
    return ((await answer.json()) as { data: T }).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await exited;
  }
}
