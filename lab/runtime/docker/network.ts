/**
 * The network controller of the docker runtime. The rule must stand where the engine's bridges are: in
 * the network namespace of its host. Where the lab is root and sees the bridge, nft runs there directly;
 * else in one helper container in the host's namespace, with no capability but NET_ADMIN.
 *
 * A packet matches by its pair of addresses. The engine gives no two of its networks the same subnet, so
 * the addresses of this run's containers are nobody else's on these bridges.
 */

import { execFile } from "node:child_process";
import { PassThrough, type Writable } from "node:stream";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { type NetworkController, SwitchController } from "../network/controller.ts";
import { startNft } from "../network/nft-process.ts";
import { type NftChannel, NftTable, nftScript } from "../network/nft-table.ts";
import type { Setup } from "../setup/setup.ts";
import type { LabImages } from "./images.ts";
import { LABEL, type RunLabels } from "./labels.ts";
import { isRoutable } from "./route.ts";

const run = promisify(execFile);
const MEMORY_BYTES = 64 * 1024 * 1024;
const PIDS_MAX = 10;

export interface DockerNetworkOptions {
  readonly docker: Dockerode;
  readonly images: LabImages;
  readonly setup: Setup;
  readonly labels: RunLabels;
  /** The engine's network that the nodes are on, once there is one. */
  readonly bridgedBy: () => string | undefined;
}

export function dockerNetwork(options: DockerNetworkOptions): NetworkController {
  const table = tableOf(options.labels[LABEL.run]);
  return new SwitchController(async () => {
    const network = options.bridgedBy();
    const isRoot = process.getuid?.() === 0;
    const isHere = isRoot && network !== undefined && (await isRoutable(options.docker, network));
    const channel = isHere
      ? startNft(table, "the engine's host")
      : await startNftHelper(table, { ...options, image: await helperImage(options) });
    return NftTable.open(table, channel);
  });
}

/** Removes the table that a dead lab's nft may have left here; nothing where it is owned, or not ours. */
export async function removeTable(runLabel: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  const args = ["delete", "table", "bridge", tableOf(runLabel)];
  await run("nft", args, { env }).catch(() => undefined);
}

function tableOf(runLabel: string): string {
  return `zklab_${runLabel.replaceAll(/\W/g, "_")}`;
}

/** Official images have no nft; then it is a copy of this machine's programs (zklab images --base host). */
async function helperImage({ docker, images, setup }: DockerNetworkOptions): Promise<string> {
  if (images.base.kind !== "registry") return images.base.server;
  const { provideHostBase } = await import("./image/host-base.ts");
  return provideHostBase({ docker, setup, env: process.env, say: () => undefined });
}

export interface HelperOptions {
  readonly docker: Dockerode;
  readonly image: string;
  readonly labels: RunLabels;
}

/** One container for all cuts of the run; it ends when its input does, the lab's death included. */
export async function startNftHelper(
  table: string,
  { docker, image, labels }: HelperOptions,
): Promise<NftChannel> {
  const { Id } = await docker.getImage(image).inspect();
  const container = await docker
    .createContainer({
      name: table.replaceAll("_", "-").concat("-network"),
      // By id: a name could have been given to another image meanwhile.
      Image: Id,
      Entrypoint: ["sh", "-c", nftScript(table)],
      Cmd: [],
      User: "0:0",
      Labels: { ...labels, [LABEL.network]: "helper" },
      ...{ OpenStdin: true, StdinOnce: true },
      ...{ AttachStdin: true, AttachStdout: true, AttachStderr: true },
      HostConfig: {
        ...{ NetworkMode: "host", UsernsMode: "host", ReadonlyRootfs: true, AutoRemove: true },
        ...{ CapDrop: ["ALL"], CapAdd: ["NET_ADMIN"], SecurityOpt: ["no-new-privileges:true"] },
        ...{ Memory: MEMORY_BYTES, PidsLimit: PIDS_MAX, LogConfig: { Type: "none", Config: {} } },
      },
    })
    .catch((cause: unknown) => {
      throw new LabError("environment", `make the network helper's container of ${image}`, {
        cause,
      });
    });
  const stream = await container.attach({
    ...{ stream: true, stdin: true, stdout: true, stderr: true, hijack: true },
  });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  container.modem.demuxStream(stream, stdout, stderr);
  const gone = new Promise<void>((resolve) => {
    for (const event of ["end", "close", "error"]) stream.once(event, () => resolve());
  });
  void gone.then(() => stdout.destroy());
  await container.start();
  // The declared type knows less than the socket that it is.
  const stdin = stream as unknown as Writable;
  return {
    ...{ place: "the engine's host, by a helper container", stdin, stdout, stderr },
    close: async () => {
      stdin.end();
      await container.wait().catch(() => undefined);
      await container.remove({ force: true }).catch(() => undefined);
      await gone;
    },
  };
}
