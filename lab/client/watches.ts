/**
 * One-shot watches, kept as ClientCnxn keeps them: a watch is registered when the reply that set it is
 * read (exists on a missing node sets an `exist` watch, every other a `data` or `child` watch), fires
 * once, and is set again on the next server by SetWatches, which answers with the events missed.
 * Paths here are the server's (with chroot).
 */
import type { Zxid } from "../ids.ts";
import type { JuteReader, JuteWriter } from "./jute.ts";
import { JuteError } from "./jute.ts";

export type WatchEventType = "created" | "deleted" | "changed" | "children-changed";

export interface WatchEvent {
  readonly type: WatchEventType;
  readonly path: string;
  /** The transaction that fired it, where the server tells (3.9 on). */
  readonly zxid?: Zxid;
}
export type Watch = (event: WatchEvent) => void;
export type WatchKind = "data" | "exist" | "child";

const EVENT_TYPES: ReadonlyMap<number, WatchEventType> = new Map([
  [1, "created"],
  [2, "deleted"],
  [3, "changed"],
  [4, "children-changed"],
]);

const FIRED_BY: Readonly<Record<WatchEventType, readonly WatchKind[]>> = {
  created: ["data", "exist"],
  changed: ["data", "exist"],
  deleted: ["data", "exist", "child"],
  "children-changed": ["child"],
};

/** The body of a notification; throws JuteError where it is none. */
export function readNotification(reader: JuteReader): { type: WatchEventType; path: string } {
  const code = reader.int();
  reader.int(); // the server's idea of the keeper state: always SyncConnected
  const path = reader.string();
  reader.end();
  const type = EVENT_TYPES.get(code);
  if (type === undefined) throw new JuteError(`watch event of type ${code}`, 0);
  return { type, path };
}

/** SetWatches frames stay below this many bytes of paths, as in ClientCnxn (SET_WATCHES_MAX_LENGTH). */
const PATH_BYTES_MAX = 128 * 1024;

export class WatchRegistry {
  readonly #byKind: Readonly<Record<WatchKind, Map<string, Set<Watch>>>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
  };

  add(kind: WatchKind, path: string, watch: Watch): void {
    const watches = this.#byKind[kind].get(path) ?? new Set();
    // A function of its own for each registration: the same callback twice is called twice.
    watches.add((event) => watch(event));
    this.#byKind[kind].set(path, watches);
  }

  /** Takes out every watch that an event fires. */
  take(type: WatchEventType, path: string): Watch[] {
    return FIRED_BY[type].flatMap((kind) => {
      const watches = this.#byKind[kind].get(path);
      this.#byKind[kind].delete(path);
      return watches === undefined ? [] : [...watches];
    });
  }

  clear(): void {
    for (const watches of Object.values(this.#byKind)) watches.clear();
  }

  /** The bodies of the SetWatches requests that set everything again; none where nothing is set. */
  resetBodies(lastSeenZxid: Zxid): ((writer: JuteWriter) => void)[] {
    return this.#batches().map((batch) => (writer) => {
      writer.long(lastSeenZxid);
      for (const kind of ["data", "exist", "child"] as const) {
        writer.vector(batch[kind], (path) => {
          writer.string(path);
        });
      }
    });
  }

  #batches(): Record<WatchKind, string[]>[] {
    const batches: Record<WatchKind, string[]>[] = [];
    let bytes = Number.POSITIVE_INFINITY;
    let batch: Record<WatchKind, string[]> = { data: [], exist: [], child: [] };
    for (const kind of ["data", "exist", "child"] as const) {
      for (const path of this.#byKind[kind].keys()) {
        if (bytes >= PATH_BYTES_MAX) {
          batch = { data: [], exist: [], child: [] };
          batches.push(batch);
          bytes = 0;
        }
        batch[kind].push(path);
        bytes += Buffer.byteLength(path);
      }
    }
    return batches;
  }
}
