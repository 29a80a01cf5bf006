/**
 * `zklab attach`: takes over a compose ensemble that somebody started. Without a scenario it only
 * looks; with one it plays it beside whatever else uses the ensemble, which it leaves as it was.
 */

import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { epochOf, formatZxid } from "../ids.ts";
import { zklabVersion } from "../package-root.ts";
import { toJson } from "../report/json.ts";
import { padEnd, wrap } from "../report/text-layout.ts";
import { plain } from "../report/untrusted.ts";
import type { AttachedFacts } from "../run.ts";
import { type FoundEnsemble, findEnsemble } from "../runtime/docker/attach/find.ts";
import { faultsFor, fitScenario } from "../runtime/docker/attach/fit.ts";
import { attachedPlaces } from "../runtime/docker/attach/place.ts";
import { openEngine } from "../runtime/docker/engine.ts";
import { lookAtDocker } from "../runtime/setup/docker/look.ts";
import { describeDocker } from "../runtime/setup/docker/setup.ts";
import { thisMachine } from "../runtime/setup/requirements.ts";
import { makeOutput, type Output } from "./output.ts";
import { plan, playAll, prepare, type RunVerbOptions } from "./run.ts";
import { withDockerRuntime } from "./run-docker.ts";

export type AttachVerbOptions = Omit<
  RunVerbOptions,
  "suite" | "keepEnsemble" | "runtime" | "zookeeper"
>;

export async function attachVerb(
  project: string,
  scenario: string | undefined,
  options: AttachVerbOptions,
): Promise<ExitCode | number> {
  const output = makeOutput(options);
  const planned = scenario === undefined ? [] : plan(scenario, options);
  const look = await lookAtDocker(thisMachine());
  if (look.engine === undefined) {
    throw new LabError("environment", `attach to ${plain(project)}: ${look.engineProblem}`, {
      hint: "`zklab doctor` says more; DOCKER_HOST names another engine",
    });
  }
  const found = await findEnsemble(await openEngine(), project);
  output.say(
    wrap(
      `zklab ${zklabVersion()}: attached to ${plain(project)}, ${describeDocker(look)}`,
      output.width,
    ).join("\n"),
  );
  if (options.json !== true) output.say(`\n${render(found, output).join("\n")}`);
  if (scenario === undefined) {
    if (options.json === true) output.write(toJson(describe(found)));
    output.say(`\nPlay a scenario on it: zklab attach ${plain(project)} gc-pause`);
    return EXIT.asExpected;
  }
  const fitted = planned.map((one) => ({ ...one, ...fitScenario(one.scenario, found) }));
  for (const note of new Set(fitted.flatMap(({ notes }) => notes))) output.say(note);
  const setup = await prepare(planned, options, output);
  return withDockerRuntime(setup, output, (runtime, signal) =>
    playAll(fitted, options, {
      ...{ setup, output, runtime, signal, attached: factsOf(found) },
      findPlace: attachedPlaces(runtime, found),
    }),
  );
}

function factsOf({ project, servers }: FoundEnsemble): AttachedFacts {
  return {
    project,
    version: servers[0]?.srvr?.version ?? "unknown",
    roles: new Map(servers.map(({ name, role }) => [name, role])),
  };
}

function describe(found: FoundEnsemble): object {
  return {
    project: found.project,
    servers: found.servers.map(({ name, called, srvr }) => ({
      server: name,
      container: called,
      role: srvr?.mode ?? "unreachable",
      epoch: srvr === undefined ? null : epochOf(srvr.zxid),
      zxid: srvr === undefined ? null : formatZxid(srvr.zxid),
      zookeeper: srvr?.version ?? null,
    })),
    missing: found.missing.map(({ id, host }) => ({ id, host })),
    faults: faultsFor(found).map(({ fault, why, but }) => ({
      fault,
      available: why === undefined,
      why: why ?? but ?? null,
    })),
  };
}

function render(found: FoundEnsemble, output: Output): readonly string[] {
  const servers = found.servers.map(({ name, called, srvr }) => [
    name,
    plain(called),
    srvr?.mode ?? "not serving",
    ...(srvr === undefined
      ? ["", "", ""]
      : [String(epochOf(srvr.zxid)), formatZxid(srvr.zxid), srvr.version]),
  ]);
  const faults = faultsFor(found).map(({ fault, why, but }) => [
    fault,
    why === undefined ? (but ?? "available") : `unavailable: ${why}`,
  ]);
  const absent = found.missing.map(({ id, host }) => `server.${id} (${plain(host)}) does not run`);
  return [
    ...table(["server", "container", "role", "epoch", "zxid", "ZooKeeper"], servers, output),
    ...absent,
    "",
    ...table(["fault", ""], faults, output),
  ];
}

/** The last column wraps below itself. */
function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  { palette, width }: Output,
): readonly string[] {
  const last = heads.length - 1;
  const columns = heads.map((head, i) =>
    Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)),
  );
  const left = (cells: readonly string[]): string =>
    cells
      .slice(0, last)
      .map((cell, i) => padEnd(cell, (columns[i] ?? 0) + 2))
      .join("");
  const indent = left(heads).length;
  return [
    palette.bold(`${left(heads)}${heads[last] ?? ""}`.trimEnd()),
    ...rows.flatMap((row) =>
      wrap(row[last] ?? "", Math.max(width - indent, 20)).map((line, i) =>
        `${i === 0 ? left(row) : " ".repeat(indent)}${line}`.trimEnd(),
      ),
    ),
  ];
}
