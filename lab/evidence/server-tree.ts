/**
 * One server's tree below the run's root, walked after the sealing write and before the stop: what the
 * server holds, which its log need not tell. Written as `servers/<name>/tree.json`; runs made before this
 * was kept have none.
 */

import { z } from "zod";

export const TREE_SCHEMA_VERSION = 1;
/** Its name in the server's folder of a run directory. */
export const TREE_FILE = "tree.json";

/** The history's stage in which trees are walked: a run that told it has a tree of every server. */
export const TREES_STAGE = "trees";

const hexId = z.string().regex(/^0x[0-9a-f]{1,16}$/);

export const treeNodeSchema = z.object({
  path: z.string(),
  czxid: hexId,
  mzxid: hexId,
  pzxid: hexId,
  /** Of the data, of the children and of the ACL, as in Stat. */
  version: z.int(),
  cversion: z.int(),
  aversion: z.int(),
  /** Stat's ephemeralOwner as it is: a session, 0x0, or the mark of a container or TTL node (semantics 30). */
  owner: hexId,
  bytes: z.int().nonnegative(),
  /** CRC-32 of the data (as zlib's), unsigned. */
  crc32: z.int().nonnegative(),
});
export type TreeNode = z.infer<typeof treeNodeSchema>;

export const serverTreeSchema = z.object({
  schema: z.literal(TREE_SCHEMA_VERSION),
  server: z.string(),
  /** The znode that the walk began at. */
  root: z.string(),
  /** Sorted by path; a node that went away during the walk is left out. */
  nodes: z.array(treeNodeSchema),
});
export type ServerTree = z.infer<typeof serverTreeSchema>;
