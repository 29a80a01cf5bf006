/** A Session on our own client (lab/client), which reports per attempt what is certain. */

import { op, ZooKeeper, ZooKeeperError } from "../lab/client/index.ts";
import { formatSession, formatZxid, type Zxid } from "../lab/ids.ts";
import {
  AttemptError,
  type Session,
  type SessionSettings,
  type SessionState,
  type Written,
  type Znode,
} from "./session.ts";

const CLOSE_LIMIT_MS = 2_000;

export async function openOwnSession(settings: SessionSettings): Promise<Session> {
  const client = await ZooKeeper.connect({
    servers: settings.connect,
    sessionTimeoutMs: settings.timeoutMs,
  });
  return new OwnSession(client);
}

class OwnSession implements Session {
  readonly id: string;
  readonly #client: ZooKeeper;
  #isLeft = false;

  constructor(client: ZooKeeper) {
    this.#client = client;
    this.id = formatSession(client.sessionId);
  }

  get state(): SessionState {
    return this.#told(this.#client.state);
  }

  onState(listener: (state: SessionState) => void): void {
    this.#client.on("state", (state) => listener(this.#told(state)));
  }

  /** Lost is what it is to its contender, whatever the servers think of it. */
  #told(state: ZooKeeper["state"]): SessionState {
    return this.#isLeft ? "expired" : asSessionState(state);
  }

  async createEphemeral(path: string, data: string, kind: "plain" | "sequential"): Promise<string> {
    const mode = kind === "plain" ? "ephemeral" : "ephemeral-sequential";
    return attempt(async () => (await this.#client.create(path, Buffer.from(data), { mode })).path);
  }

  create(path: string, data: string): Promise<Written> {
    return written(() => this.#client.create(path, data));
  }

  async createContainer(path: string): Promise<void> {
    try {
      await attempt(() => this.#client.create(path, "", { mode: "container" }));
    } catch (error) {
      if (!(error instanceof AttemptError) || error.code !== "NodeExists") throw error;
    }
  }

  setData(path: string, data: string): Promise<Written> {
    return written(() => this.#client.setData(path, data));
  }

  checkedSetData(guard: string, path: string, data: string): Promise<Written> {
    return written(() => this.#client.multi([op.check(guard), op.setData(path, data)]));
  }

  checkedCreate(guard: string, path: string, data: string): Promise<Written> {
    return written(() => this.#client.multi([op.check(guard), op.create(path, data)]));
  }

  async remove(path: string): Promise<void> {
    await attempt(() => this.#client.delete(path));
  }

  children(path: string): Promise<string[]> {
    return attempt(() => this.#client.children(path));
  }

  async exists(path: string, onChange?: () => void): Promise<Znode | undefined> {
    const stat = await attempt(() => this.#client.exists(path, onChange));
    if (stat === undefined) return undefined;
    return { czxid: formatZxid(stat.czxid), mine: stat.ephemeralOwner === this.#client.sessionId };
  }

  abandon(): void {
    this.#isLeft = true;
    this.#client.abandon();
  }

  async close(): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, CLOSE_LIMIT_MS).unref());
    await Promise.race([this.#client.close(), limit]);
  }
}

function asSessionState(state: ZooKeeper["state"]): SessionState {
  switch (state) {
    case "connecting":
    case "suspended":
      return "suspended";
    case "connected":
    case "expired":
    case "closed":
      return state;
    case "auth-failed":
      return "closed";
    default:
      return state satisfies never;
  }
}

async function written(
  write: () => Promise<{ readonly zxid: Zxid; readonly connection: number }>,
): Promise<Written> {
  const { zxid, connection } = await attempt(write);
  return { zxid: formatZxid(zxid), connection };
}

/** Turns the client's error into what the strategies and the contract speak of. */
async function attempt<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ZooKeeperError)) throw error;
    const answered = error.zxid !== undefined;
    // The first op of a guarded multi is its check: an error there is the fence at work.
    const fenced = answered && error.results !== undefined && error.results[0] !== "Ok";
    throw new AttemptError(
      error.zkName,
      {
        certainty: error.certainty,
        unsent: error.certainty === "fail" && !answered,
        fenced,
        ...(error.zxid === undefined ? {} : { zxid: formatZxid(error.zxid) }),
        ...(error.connection === undefined ? {} : { connection: error.connection }),
      },
      error,
    );
  }
}
