/**
 * Makes the znodes that contenders of `docker compose --profile contenders up` need, as a lab does
 * for its own: the parents of the election and guarded paths. Run in the contenders' image.
 */

import { ZooKeeper, ZooKeeperError } from "../../client/index.ts";

const connect = process.env["ZKLAB_CONNECT"] ?? "";
const paths = [process.env["ZKLAB_ELECTION_PATH"], process.env["ZKLAB_GUARDED_PATH"]];
const wanted = [...paths, `${paths[1]}/state`].filter((path) => path !== undefined);

const client = await ZooKeeper.connect({ servers: connect, sessionTimeoutMs: 5_000 });
for (const path of wanted) {
  for (let slash = path.indexOf("/", 1); ; slash = path.indexOf("/", slash + 1)) {
    const part = slash < 0 ? path : path.slice(0, slash);
    await client.create(part, "").catch(ignoreExisting);
    if (slash < 0) break;
  }
}
await client.close();

function ignoreExisting(error: unknown): void {
  if (!(error instanceof ZooKeeperError) || error.zkName !== "NodeExists") throw error;
}
