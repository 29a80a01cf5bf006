/** `zklab risk` by TLS on a real server that wants a certificate of its client, AdminServer included. */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RiskReport } from "../../lab/risk/types.ts";
import { freePorts, type Loopback, startLoopback } from "../builders/loopback-server.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, killLeftOver, zklab } from "../builders/zklab-cli.ts";

/** Budget: 30 s for the file. */
let scratch: ScratchFolder;
let loopback: Loopback;
let secure: string;
let admin: number;

const file = (name: string): string => join(scratch.path, name);

function openssl(line: string): void {
  execFileSync("openssl", line.split(" "), { cwd: scratch.path, stdio: "pipe" });
}

/** An authority, and a certificate of it for 127.0.0.1; as ZooKeeper wants it, key and chain in one file. */
function makeCertificates(): void {
  const subject = "-subj /CN=zklab-test";
  for (const ca of ["ca", "other-ca"])
    openssl(
      `req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ${ca}.key -out ${ca}.pem ${subject}`,
    );
  writeFileSync(file("ext"), "subjectAltName=IP:127.0.0.1");
  openssl(`req -newkey rsa:2048 -nodes -keyout me.key -out me.csr -subj /CN=127.0.0.1`);
  openssl(
    "x509 -req -in me.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out me.pem",
  );
  const both = [file("me.key"), file("me.pem")].map((path) => execFileSync("cat", [path]));
  writeFileSync(file("server.pem"), Buffer.concat(both));
}

beforeAll(async () => {
  buildOnce();
  scratch = new ScratchFolder();
  makeCertificates();
  const [port = 0, adminPort = 0, quorum, election] = await freePorts(4);
  [secure, admin] = [`127.0.0.1:${port}`, adminPort];
  const stores = ["ssl", "ssl.quorum"].flatMap((prefix) => [
    `${prefix}.keyStore.location=${file("server.pem")}`,
    `${prefix}.trustStore.location=${file("ca.pem")}`,
  ]);
  loopback = await startLoopback({
    version: "3.9.5",
    config: [
      ...["standaloneEnabled=false", `server.1=127.0.0.1:${quorum}:${election}`],
      ...[`secureClientPort=${port}`, "ssl.clientAuth=need", ...stores],
      ...["admin.enableServer=true", "admin.serverAddress=127.0.0.1", "admin.forceHttps=true"],
      ...[`admin.serverPort=${admin}`, "admin.needClientAuth=true"],
    ],
    flags: [
      "-Dzookeeper.admin.enableServer=true",
      "-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
    ],
  });
});
afterAll(async () => {
  killLeftOver();
  await loopback[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

async function ask(...flags: string[]): Promise<{ code: number | null; report: RiskReport }> {
  const args = ["risk", secure, "--json", "--window", "1", ...flags];
  const { code, stdout, stderr } = await zklab(args);
  expect(stderr).toBe("");
  return { code, report: JSON.parse(stdout) as RiskReport };
}

const withCa = (): string[] => ["--ca", file("ca.pem")];
const asMe = (): string[] => [...withCa(), "--cert", file("me.pem"), "--key", file("me.key")];

describe("zklab risk by TLS", () => {
  it("asks srvr with a certificate of its own", async () => {
    const { report } = await ask("--no-admin", ...asMe());
    expect(report.servers).toMatchObject([{ mode: "leader", via: "srvr", version: "3.9.5" }]);
  });

  it("asks the AdminServer by HTTPS, which knows how long elections take", async () => {
    const { report } = await ask("--admin", String(admin), ...asMe());
    expect(report.servers).toMatchObject([{ mode: "leader", via: "zabstate" }]);
    expect(report.risks.find(({ name }) => name === "election-time")?.severity).toBe("ok");
  });

  it.each([
    ["that it does not trust", () => [...asMe(), "--ca", file("other-ca.pem")], /certificate/],
    ["that wants a certificate", withCa, /certificate|socket|alert|none/i],
    ["without TLS", () => [], /none|no whole answer|ECONNRESET/],
  ])("names a server %s, and measures nothing", async (_, flags, why) => {
    const { code, report } = await ask("--no-admin", ...flags());
    expect(code).toBe(3);
    expect(report.servers).toMatchObject([{ server: secure, why: expect.stringMatching(why) }]);
  });

  it("says which file for TLS or authentication it could not read", async () => {
    writeFileSync(file("bad"), "secret");
    const cases = [
      [["--ca", file("none.pem")], "none.pem for TLS"],
      [["--auth-file", file("none")], "none for digest authentication"],
      [["--auth-file", file("bad")], "not user:password"],
    ] as const;
    for (const [flags, why] of cases) {
      const { code, stderr } = await zklab(["risk", secure, ...flags]);
      expect({ code, stderr }).toEqual({ code: 64, stderr: expect.stringContaining(why) });
      expect(stderr).not.toContain("secret");
    }
  });
});

describe("digest authentication", () => {
  it.each([
    ["a file", { flags: () => ["--auth-file", file("auth")], env: {} }],
    ["the environment", { flags: () => [], env: { ZKLAB_ADMIN_AUTH: "reader:secret" } }],
  ])("from %s goes to the AdminServer, and to no output", async (_, { flags, env }) => {
    writeFileSync(file("auth"), "reader:secret\n");
    const seen: { url: string | undefined; headers: IncomingHttpHeaders }[] = [];
    const server = createServer(({ url, headers }, response) => {
      seen.push({ url, headers });
      response.writeHead(401).end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const args = ["risk", loopback.connectString, "--window", "1", "--admin", String(port)];
    const { stdout, stderr } = await zklab([...args, ...flags()], { env });
    server.close();
    expect(seen.map(({ url }) => url)).toContain("/commands/zabstate");
    for (const { headers } of seen) expect(headers.authorization).toBe("digest reader:secret");
    // Refused there, it still measures by srvr.
    expect(stdout).toContain("leader, epoch 1");
    expect(stdout + stderr).not.toContain("secret");
  });
});
