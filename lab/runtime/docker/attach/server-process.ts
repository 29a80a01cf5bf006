/**
 * A ZooKeeper server as its process's command line and its zoo.cfg tell it: where its files are, who
 * its members are, and what it was started for. Pure: texts in, values out.
 */

import { LabError } from "../../../errors.ts";

const MAIN_CLASS =
  /\borg\.apache\.zookeeper\.server\.(?:quorum\.QuorumPeerMain|ZooKeeperServerMain)\s+(\S+)/;
const CLIENT_PORT = 2181;
const TICK_TIME_MS = 3_000;

export interface ServerCommand {
  /** Path of zoo.cfg inside the container, possibly relative to its working directory. */
  readonly configFile: string;
  /** `-Dname=value`, by name. */
  readonly properties: ReadonlyMap<string, string>;
  /** Where it listens for a debugger; undefined where it does not. */
  readonly debugger: string | undefined;
}

/** Undefined for any other program's command line. */
export function readServerCommand(line: string): ServerCommand | undefined {
  const configFile = MAIN_CLASS.exec(line)?.[1];
  if (configFile === undefined) return undefined;
  const properties = [...line.matchAll(/(?:^|\s)-D([^\s=]+)=(\S*)/g)].map(
    ([, name = "", value = ""]) => [name, value] as const,
  );
  const agent = /(?:^|\s)-(?:agentlib:jdwp=|Xrunjdwp:)(\S+)/.exec(line)?.[1];
  const address = agent === undefined ? undefined : /(?:^|,)address=([^,]+)/.exec(agent)?.[1];
  return { configFile, properties: new Map(properties), debugger: address };
}

export interface ConfiguredMember {
  readonly id: number;
  readonly host: string;
  readonly role: "participant" | "observer";
}

export interface ServerConfig {
  readonly tickTimeMs: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly clientPort: number;
  readonly dataDir: string;
  /** Where the transaction logs are. */
  readonly dataLogDir: string;
  readonly dynamicConfigFile: string | undefined;
  readonly members: readonly ConfiguredMember[];
}

/** Throws LabError("ensemble") where it has no dataDir, or what the audit refuses: groups and weights. */
export function readServerConfig(server: string, text: string): ServerConfig {
  const entries = entriesOf(text);
  const dataDir = entries.get("dataDir");
  if (dataDir === undefined)
    throw new LabError("ensemble", `read zoo.cfg of ${server}: no dataDir`);
  const weighted = [...entries.keys()].find((name) => /^(group|weight)\.\d+$/.test(name));
  if (weighted !== undefined) {
    throw new LabError("ensemble", `attach to ${server}: its zoo.cfg has ${weighted}`, {
      hint: "an ensemble with groups or weights has other quorums than the majorities that zklab judges by",
    });
  }
  const tickTimeMs = number(entries.get("tickTime")) ?? TICK_TIME_MS;
  return {
    tickTimeMs,
    minSessionTimeoutMs: number(entries.get("minSessionTimeout")) ?? tickTimeMs * 2,
    maxSessionTimeoutMs: number(entries.get("maxSessionTimeout")) ?? tickTimeMs * 20,
    clientPort: number(entries.get("clientPort")) ?? CLIENT_PORT,
    dataDir,
    dataLogDir: entries.get("dataLogDir") ?? dataDir,
    dynamicConfigFile: entries.get("dynamicConfigFile"),
    members: readMembers(text),
  };
}

/** `server.3=host:2888:3888[:participant|:observer][|host:…][;2181]`, as zoo.cfg and dynamic files have it. */
export function readMembers(text: string): readonly ConfiguredMember[] {
  return [...entriesOf(text)].flatMap(([name, value]) => {
    const id = number(/^server\.(\d+)$/.exec(name)?.[1]);
    if (id === undefined) return [];
    const [, six, plain] = /^(?:\[([^\]]+)\]|([^:|;]+))/.exec(value) ?? [];
    const host = six ?? plain ?? value;
    const role = /:observer\b/.test(value) ? ("observer" as const) : ("participant" as const);
    return [{ id, host, role }];
  });
}

function entriesOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split("\n").map((line) => line.trim());
  return new Map(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const equals = line.indexOf("=");
        return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()] as const;
      }),
  );
}

function number(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
