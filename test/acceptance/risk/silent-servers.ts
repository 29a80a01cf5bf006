/** Addresses at which no server answers as one: nobody, one that never speaks, and one that talks rubbish. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { freePorts } from "../../builders/loopback-server.ts";

export type Silent = "down" | "mute" | "liar";

export interface SilentServers extends AsyncDisposable {
  readonly addresses: Readonly<Record<Silent, string>>;
}

export async function silentServers(): Promise<SilentServers> {
  const sockets = new Set<Socket>();
  const open = async (behave: (socket: Socket) => void): Promise<Server> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      behave(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  const mute = await open(() => undefined);
  const liar = await open((socket) => void socket.end("Zxid: 0xgg\nMode: emperor\n"));
  const [down] = await freePorts(1);
  const at = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    addresses: { down: `127.0.0.1:${down}`, mute: at(mute), liar: at(liar) },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([mute, liar].map((server) => once(server.close(), "close")));
    },
  };
}
