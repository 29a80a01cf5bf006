/**
 * What one server is started with: zoo.cfg, JVM flags, logging. Quick settings (facts 3): small heaps
 * and a short tick, so that a re-election costs seconds and not a minute.
 */

export const CLIENT_PORT = 2181;
/** On the server's own loopback, and only where a scenario debugs its servers. */
export const DEBUG_PORT = 5005;
const PEER_PORT = 2888;
const ELECTION_PORT = 3888;
const HEAP_MB = 192;
/** Logs are preallocated in steps of this size; the default of 64 MiB only makes evidence sparse. */
const PREALLOCATE_KB = 64;

export interface ServerMember {
  readonly name: string;
  readonly id: number;
  readonly address: string;
}

export interface ServerSettings {
  readonly tickTimeMs: number;
  /** Ticks a follower has to connect and sync with a new leader. */
  readonly initLimit: number;
  /** Ticks a follower may be behind before it is dropped. */
  readonly syncLimit: number;
}

/** Java system properties that a scenario sets on every server. */
export type ServerProperties = Readonly<Record<string, string | number | boolean>>;

/** A follower may take so long to join and to answer, however short the tick is. */
const INIT_LIMIT_MS = 5_000;
const SYNC_LIMIT_MS = 3_000;

export function settingsFor(tickTimeMs: number): ServerSettings {
  return {
    tickTimeMs,
    initLimit: Math.ceil(INIT_LIMIT_MS / tickTimeMs),
    syncLimit: Math.ceil(SYNC_LIMIT_MS / tickTimeMs),
  };
}

/** zoo.cfg of one member. `standaloneEnabled=false` makes one server a quorum of one (semantics 18). */
export function zooCfg(
  self: ServerMember,
  members: readonly ServerMember[],
  settings: ServerSettings,
  dataDir: string,
): string {
  const lines = [
    `tickTime=${settings.tickTimeMs}`,
    `initLimit=${settings.initLimit}`,
    `syncLimit=${settings.syncLimit}`,
    `dataDir=${dataDir}`,
    `clientPort=${CLIENT_PORT}`,
    `clientPortAddress=${self.address}`,
    "admin.enableServer=false",
    "standaloneEnabled=false",
    "4lw.commands.whitelist=srvr",
    "maxClientCnxns=0",
    ...members.map((m) => `server.${m.id}=${m.address}:${PEER_PORT}:${ELECTION_PORT}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** `suspend=n`: it serves without waiting for a debugger; costs nothing measurable while none is there. */
const DEBUG_AGENT = `-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:${DEBUG_PORT}`;

/**
 * For ensembles whose leader's counter is to be moved. From 3.9.4 on a server refuses a committed
 * proposal with a hole before it, on followers too, unless it carries this (ZKDatabase
 * .addCommittedProposal): without it the jump ends every CommitProcessor ("Committed proposal cached out
 * of order"), and the re-election that follows is no rollover. Tried on 3.9.5; older ones ignore it.
 */
export const DEBUGGED_PROPERTIES: ServerProperties = {
  "zookeeper.test.allowDiscontinuousProposals": true,
};

export function jvmArguments(
  classPath: readonly string[],
  cfgFile: string,
  properties: ServerProperties,
  debugged = false,
): string[] {
  return [
    ...(debugged ? [DEBUG_AGENT] : []),
    `-Xmx${HEAP_MB}m`,
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
    `-Dzookeeper.preAllocSize=${PREALLOCATE_KB}`,
    "-Dzookeeper.extendedTypesEnabled=true",
    ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
    "-cp",
    classPath.join(":"),
    "org.apache.zookeeper.server.quorum.QuorumPeerMain",
    cfgFile,
  ];
}

/** Both logging libraries' settings, since 3.8 changed from log4j to logback. */
export const LOGGING_FILES: Readonly<Record<string, string>> = {
  "logback.xml": `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%c{1}] - %m%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`,
  "log4j.properties": `log4j.rootLogger=INFO, OUT
log4j.appender.OUT=org.apache.log4j.ConsoleAppender
log4j.appender.OUT.layout=org.apache.log4j.PatternLayout
log4j.appender.OUT.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n
`,
};
