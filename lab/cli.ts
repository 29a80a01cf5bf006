/**
 * The command line: verbs, options, help with examples. Each verb's work is loaded only when it is
 * asked for, so that --help answers at once.
 */

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { EXIT, type ExitCode, LabError } from "./errors.ts";
import { zklabVersion } from "./package-root.ts";
import type { AuditLogsOptions } from "./verbs/audit-logs.ts";
import type { ImagesVerbOptions } from "./verbs/images.ts";
import type { OutputOptions } from "./verbs/output.ts";
import type { ReportVerbOptions } from "./verbs/report.ts";
import type { RiskVerbOptions } from "./verbs/risk.ts";
import type { SetupVerbOptions } from "./verbs/setup.ts";

const EXIT_CODES = `
Exit codes: ${EXIT.asExpected} as expected, ${EXIT.notAsExpected} not as expected, ${EXIT.unknown} unknown, \
${EXIT.environment} the environment could not be made,
${EXIT.usage} usage, ${EXIT.bug} a bug in zklab, ${EXIT.interrupted} interrupted.`;

/** Runs one command line and resolves with its exit code; throws LabError for what a person must know. */
export async function runCli(argv: readonly string[]): Promise<ExitCode | number> {
  let code: ExitCode | number = EXIT.asExpected;
  const program = new Command("zklab")
    .description("A chaos-testing lab for leader election on Apache ZooKeeper.")
    .version(zklabVersion())
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for usage)")
    .exitOverride()
    .addHelpText(
      "after",
      `${EXIT_CODES}\n\nExamples:\n  zklab run gc-pause\n  zklab run --suite seeds --yes\n  zklab audit runs/gc-pause/latest\n  zklab report runs/gc-pause/latest\n  zklab doctor`,
    );
  const done = (result: ExitCode | number): void => {
    code = result;
  };
  addRun(program, done);
  addAudit(program, done);
  addReport(program, done);
  addLists(program, done);
  addSetup(program, done);
  addImages(program, done);
  addAttach(program, done);
  addDown(program, done);
  addRisk(program, done);
  for (const command of program.commands) command.exitOverride();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? EXIT.asExpected : EXIT.usage;
  }
  return code;
}

type Done = (code: ExitCode | number) => void;

interface RunFlags extends OutputOptions {
  readonly suite?: string;
  readonly seed?: string;
  readonly repeat: number;
  readonly zookeeper?: string;
  readonly runs: string;
  readonly keepEnsemble?: true;
  readonly yes?: true;
  readonly junit?: string;
  readonly runtime?: "local" | "docker";
}

type AttachFlags = Omit<RunFlags, "suite" | "zookeeper" | "keepEnsemble" | "runtime">;

function addRun(program: Command, done: Done): void {
  withOutput(program.command("run"))
    .description("play a scenario (or a suite) on a real ensemble and audit what was committed")
    .argument("[scenario]", "a scenario of the catalogue, or a YAML file")
    .option("--suite <name>", "play every scenario of a suite")
    .option("--seed <hex>", "the seed of every random choice (default: drawn and printed)", seed)
    .option("--repeat <n>", "play it n times", positive, 1)
    .option("--zookeeper <version>", "ZooKeeper version, e.g. 3.8.4")
    .option("--runs <dir>", "where run directories go", "runs")
    .option("--junit <file>", "write all runs' claims as JUnit XML there too")
    .addOption(
      new Option(
        "--runtime <runtime>",
        "where servers and contenders run (default: docker where an engine answers, else local)",
      ).choices(["local", "docker"]),
    )
    .option("--keep-ensemble", "play all runs on one ensemble, each on a znode of its own")
    .option("--yes", "install what is missing without asking")
    .addHelpText(
      "after",
      "\nExamples:\n  zklab run gc-pause\n  zklab run gc-pause --seed 5eed0001\n  zklab run ./my-scenario.yaml --repeat 20\n  zklab run --suite seeds --json",
    )
    .action(async (scenario: string | undefined, flags: RunFlags) => {
      const { runVerb } = await import("./verbs/run.ts");
      done(await runVerb(scenario, { ...flags, yes: flags.yes === true }));
    });
}

function addAttach(program: Command, done: Done): void {
  withOutput(program.command("attach"))
    .description("take over a compose ensemble that somebody started, and leave it as it was")
    .argument("<project>", "the compose project, as `docker compose ls` names it")
    .argument("[scenario]", "play this on it; without it only look")
    .option("--seed <hex>", "the seed of every random choice (default: drawn and printed)", seed)
    .option("--repeat <n>", "play it n times", positive, 1)
    .option("--runs <dir>", "where run directories go", "runs")
    .option("--junit <file>", "write all runs' claims as JUnit XML there too")
    .option("--yes", "install what is missing without asking")
    .addHelpText(
      "after",
      "\nExamples:\n  docker compose up --wait && zklab attach zklab\n  zklab attach zklab gc-pause",
    )
    .action(async (project: string, scenario: string | undefined, flags: AttachFlags) => {
      const { attachVerb } = await import("./verbs/attach.ts");
      done(await attachVerb(project, scenario, { ...flags, yes: flags.yes === true }));
    });
}

type AuditFlags = Omit<AuditLogsOptions, "logs"> & { readonly logs?: readonly string[] };

function addAudit(program: Command, done: Done): void {
  withOutput(program.command("audit"))
    .description("judge a run directory again, or an ensemble's own logs, from that evidence alone")
    .argument("[run]", "a run directory, e.g. runs/gc-pause/latest")
    .option("--logs <dir...>", "bare logs: every server's dataDir (or `dataDir,dataLogDir`)")
    .option("--discover", "with --logs: propose elections, by the names of their znodes")
    .option("--election <path>", "with --logs: the znode below which contenders elect")
    .option("--recipe <recipe>", "with --logs: how the first of them is told, e.g. curator-latch")
    .option("--guarded <glob...>", "with --logs: what only a leader may write, e.g. '/app/**'")
    .addOption(
      new Option("--guard <kind>", "with --logs: what guard the writers promise")
        .choices(["none", "path", "session"])
        .default("none"),
    )
    .option("--participants <n>", "with --logs: how many servers vote", positive)
    .option(
      "--sessions-by <how>",
      "with --logs: whose a session is: session, data (of its election znode), or a file of `0xSESSION NAME`",
      "session",
    )
    .option("--from <zxid>", "with --logs: judge what is behind it")
    .option("--to <zxid>", "with --logs: judge what is not behind it")
    .option("--zookeeper <version>", "with --logs: the servers' version", "unknown")
    .option("--out <dir>", "with --logs: write audit.json, report.html and junit.xml there")
    .addHelpText(
      "after",
      "\nIt expects that all holds: 0 holds, 1 violated, 2 unknown.\n\nExamples:\n  zklab audit runs/gc-pause/latest\n  zklab audit runs/gc-pause/latest --json\n  zklab audit --logs /data/zk1 /data/zk2 /data/zk3 --discover\n  zklab audit --logs zk1 zk2 zk3 --participants 3 --election /app/latch --recipe curator-latch --guarded '/app/**'",
    )
    .action(async (run: string | undefined, flags: AuditFlags) => {
      const { logs, ...options } = flags;
      if ((run === undefined) === (logs === undefined)) {
        throw new LabError("usage", "audit: name a run directory, or logs with --logs", {
          hint: "`zklab audit --help` shows both",
        });
      }
      if (logs !== undefined) {
        const { auditLogsVerb } = await import("./verbs/audit-logs.ts");
        done(auditLogsVerb({ ...options, logs }));
      } else if (run !== undefined) {
        const { auditVerb } = await import("./verbs/audit.ts");
        done(auditVerb(run, options));
      }
    });
}

function addReport(program: Command, done: Done): void {
  withOutput(program.command("report"))
    .description("make the reports of a run or a suite again, from what it left behind alone")
    .argument("<run>", "the directory of a run or of a suite, e.g. runs/gc-pause/latest")
    .addOption(
      new Option(
        "--format <format>",
        "give this one only (default: write html, junit and json)",
      ).choices(["html", "junit", "json", "summary"]),
    )
    .option("--out <file>", "where that one goes; - is stdout (the default)")
    .addHelpText(
      "after",
      "\nExamples:\n  zklab report runs/gc-pause/latest\n  zklab report runs/gc-pause/latest --format junit --out junit.xml\n  zklab report runs/gc-pause/latest --format summary\n  zklab report runs/suite-seeds/latest",
    )
    .action(async (run: string, flags: ReportVerbOptions) => {
      const { reportVerb } = await import("./verbs/report.ts");
      done(reportVerb(run, flags));
    });
}

function addLists(program: Command, done: Done): void {
  withOutput(program.command("list"))
    .description("list what zklab has")
    .argument("<what>", "scenarios, suites, faults, contenders or claims")
    .addHelpText("after", "\nExamples:\n  zklab list scenarios\n  zklab list claims --json")
    .action(async (what: string, flags: OutputOptions) => {
      const { listVerb } = await import("./verbs/list.ts");
      done(listVerb(what, flags));
    });
  withOutput(program.command("doctor"))
    .description("say what this machine can and cannot do, with the remedy")
    .addHelpText("after", "\nExample:\n  zklab doctor")
    .action(async (flags: OutputOptions) => {
      const { doctorVerb } = await import("./verbs/doctor.ts");
      done(await doctorVerb(flags));
    });
}

function addSetup(program: Command, done: Done): void {
  withOutput(program.command("setup"))
    .description("install and fetch all that a run needs, then stop")
    .option("--yes", "install what is missing without asking")
    .option("--zookeeper <version>", "fetch this ZooKeeper version too")
    .option("--docker", "install and start a Docker engine and compose, nothing else")
    .option("--stop", "with --docker: end the engine that an earlier set-up started")
    .addHelpText(
      "after",
      "\nExamples:\n  zklab setup --yes\n  zklab setup --zookeeper 3.8.4\n  zklab setup --docker --yes\n  zklab setup --docker --stop",
    )
    .action(async (flags: Omit<SetupVerbOptions, "yes"> & { yes?: true }) => {
      const { setupVerb } = await import("./verbs/setup.ts");
      done(await setupVerb({ ...flags, yes: flags.yes === true }));
    });
}

function addImages(program: Command, done: Done): void {
  withOutput(program.command("images"))
    .description("build the images of servers and contenders, where they are not there yet")
    .addOption(
      new Option(
        "--base <base>",
        "what they start from (default: the registry's, else this machine's programs)",
      ).choices(["registry", "debian", "host"]),
    )
    .option("--zookeeper <version>", "ZooKeeper version, e.g. 3.8.4")
    .option("--yes", "install what is missing without asking")
    .addHelpText(
      "after",
      "\nExamples:\n  zklab images\n  zklab images --base host && docker compose up --wait",
    )
    .action(async (flags: ImagesVerbOptions) => {
      const { imagesVerb } = await import("./verbs/images.ts");
      done(await imagesVerb(flags));
    });
}

function addDown(program: Command, done: Done): void {
  withOutput(program.command("down"))
    .description("remove what is left of labs whose owner is dead")
    .option("--all", "every lab whose owner is dead (what it does anyway)")
    .addHelpText("after", "\nExample:\n  zklab down --all")
    .action(async (flags: OutputOptions) => {
      const { downVerb } = await import("./verbs/down.ts");
      done(await downVerb(flags));
    });
}

function addRisk(program: Command, done: Done): void {
  withOutput(program.command("risk"))
    .description("say when an ensemble's zxids run out, and what else is at risk; it only reads")
    .argument("<servers>", "host:port,host:port, or `rules` for Prometheus alert rules")
    .option("--window <s>", "measure the rate over so many seconds", seconds, 10)
    .option("--interval <s>", "look so often, in seconds", seconds, 1)
    .option("--watch", "go on looking until interrupted")
    .option("--history <file>", "store samples there, and count those stored before")
    .option("--horizon <h>", "stored samples count for so many hours", seconds, 168)
    .option("--serve [place]", "show OpenMetrics on [host:]port (default: 127.0.0.1:9180)")
    .option("--threshold <name=value>", "set a threshold; may be repeated", collect, [])
    .option("--timeout <s>", "each question to a server may take so long", seconds, 2)
    .option("--admin <port>", "the AdminServers' port (default: 8080)", positive)
    .option("--no-admin", "ask no AdminServer, only srvr")
    .option("--tls", "speak TLS with client ports and AdminServers")
    .option("--ca <file>", "PEM of the authority to trust")
    .option("--cert <file>", "PEM of the certificate to show")
    .option("--key <file>", "PEM of its key")
    .option("--auth-file <file>", "user:password for AdminServers that want digest authentication")
    .option("--dashboard", "with rules: a Grafana dashboard instead")
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 1 warning, 2 critical, 3 not measurable. ZKLAB_ADMIN_AUTH=user:password is\nread where there is no --auth-file.\n\nExamples:\n  zklab risk zk1:2181,zk2:2181,zk3:2181\n  zklab risk zk1:2181 --watch --interval 60 --history zxids.jsonl\n  zklab risk zk1:2281 --ca ca.pem --cert me.pem --key me.key\n  zklab risk zk1:2181 --serve 9180\n  zklab risk rules > zklab-rules.yml",
    )
    .action(async (target: string, flags: RiskVerbOptions) => {
      const { riskVerb } = await import("./verbs/risk.ts");
      done(await riskVerb(target, flags, process.env));
    });
}

/** The options that every verb has. */
function withOutput(command: Command): Command {
  return command
    .option("--json", "print one JSON document on stdout")
    .option("--quiet", "print nothing but errors and the verdict")
    .option("--no-color", "no colours (NO_COLOR is respected too)");
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("a whole number from 1");
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0 || value > 1_000_000)
    throw new InvalidArgumentError("a number above 0, up to a million");
  return value;
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function seed(text: string): string {
  if (!/^[0-9a-f]{1,16}$/.test(text))
    throw new InvalidArgumentError("1 to 16 hex digits, e.g. 5eed0001");
  return text;
}
