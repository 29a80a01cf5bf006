/**
 * The password of any session, from its id alone: `new java.util.Random(id ^ 0xB3415C00)` filling 16
 * bytes (ZooKeeperServer.generatePasswd). Whoever knows a session's id can therefore resume and
 * close it, which is how the lab expires a session without touching its client.
 */
import type { SessionId } from "../ids.ts";

const SUPER_SECRET = 0xb341_5c00n;
const PASSWORD_BYTES = 16;
const MASK_48 = (1n << 48n) - 1n;
const MULTIPLIER = 0x5_deec_e66dn;
const ADDEND = 0xbn;

export function sessionPassword(id: SessionId): Uint8Array {
  let seed = (id ^ SUPER_SECRET ^ MULTIPLIER) & MASK_48;
  const password = Buffer.alloc(PASSWORD_BYTES);
  for (let at = 0; at < PASSWORD_BYTES; at += 4) {
    seed = (seed * MULTIPLIER + ADDEND) & MASK_48;
    // Random.next(32) is the high 32 bits of the seed; nextBytes takes them lowest byte first.
    password.writeUInt32LE(Number(seed >> 16n), at);
  }
  return password;
}
