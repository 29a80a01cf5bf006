/**
 * One request from call to settled promise. It is encoded when it is called (what is sent is what the
 * caller meant then), and settled exactly once: by the server's reply, or by a failure made here,
 * whose certainty follows from whether it was ever handed to a socket.
 */
import { assert } from "../errors.ts";
import { zxid as toZxid, type Zxid } from "../ids.ts";
import type { Progress } from "./certainty.ts";
import { type ZkErrorName, zkCode } from "./codes.ts";
import type { Delivery } from "./delivery.ts";
import { ZooKeeperError } from "./errors.ts";
import { encodeRequest } from "./frames.ts";
import type { JuteReader, JuteWriter } from "./jute.ts";
import { withoutChroot } from "./paths.ts";
import type { ReplyHeader } from "./records.ts";

/** Where a reply stands: its zxid, and the number of the connection that it came on. */
export interface ReplyContext {
  readonly zxid: Zxid;
  readonly connection: number;
}

/** The server said no: with a code, and for a multi with the op that failed and all their results. */
export interface Refusal {
  readonly code: number;
  readonly path?: string | undefined;
  readonly results?: readonly ZkErrorName[];
}
export type Answer<T> = { readonly value: T } | { readonly refused: Refusal };

/** What an operation is on the wire, and how its reply is read. */
export interface Call<T> {
  readonly operation: string;
  readonly path?: string;
  readonly opcode: number;
  /** Set for the few requests whose xid the protocol fixes. */
  readonly fixedXid?: number;
  readonly body: (writer: JuteWriter) => void;
  /** Reads the body of a reply without error code; throws JuteError where it is malformed. */
  readonly read: (reader: JuteReader, context: ReplyContext) => Answer<T>;
  /** Reads a reply with an error code, where that is an answer (exists: no node). */
  readonly readError?: (code: number, context: ReplyContext) => Answer<T>;
}

export interface Request {
  readonly frame: Buffer;
  readonly fixedXid: number | undefined;
  /** To be called just before the frame is handed to the socket. */
  sentOn(connection: number, xid: number): void;
  readonly xid: number | undefined;
  /** Settles by the server's reply; throws JuteError, and leaves it unsettled, where it is malformed. */
  answer(header: ReplyHeader, body: JuteReader): void;
  /** Settles by a failure made here; nothing happens if it is settled already. */
  fail(code: number, cause: unknown): void;
}

export interface RequestSettings {
  /** What a server takes in one frame (its jute.maxbuffer). */
  readonly requestBytesMax: number;
  /** Taken off the paths in errors. */
  readonly chroot: string;
}

/** Encodes a call; throws ZooKeeperError (certainly not done) if it is longer than a server takes. */
export function prepare<T>(
  call: Call<T>,
  settings: RequestSettings,
  delivery: Delivery,
): { request: Request; promise: Promise<T> } {
  const frame = encodeRequest(call.opcode, call.body);
  if (frame.length - 4 > settings.requestBytesMax) {
    throw new ZooKeeperError({
      operation: call.operation,
      path: shownPath(call.path, settings),
      code: zkCode("BadArguments"),
      progress: "unsent",
      detail: `request of ${frame.length - 4} bytes, a server takes ${settings.requestBytesMax}`,
    });
  }
  const { promise, resolve, reject } = deferred<T>();
  return { request: new Pending({ call, settings, frame, delivery, resolve, reject }), promise };
}

interface PendingParts<T> {
  readonly call: Call<T>;
  readonly settings: RequestSettings;
  readonly frame: Buffer;
  readonly delivery: Delivery;
  readonly resolve: (value: T) => void;
  readonly reject: (error: ZooKeeperError) => void;
}

class Pending<T> implements Request {
  readonly #parts: PendingParts<T>;
  #connection: number | undefined;
  #xid: number | undefined;
  #settled = false;

  constructor(parts: PendingParts<T>) {
    this.#parts = parts;
  }

  get frame(): Buffer {
    return this.#parts.frame;
  }

  get fixedXid(): number | undefined {
    return this.#parts.call.fixedXid;
  }

  get xid(): number | undefined {
    return this.#xid;
  }

  sentOn(connection: number, xid: number): void {
    // A request is never sent twice: a second connection would make one attempt out of two.
    assert(
      this.#connection === undefined,
      `${this.#parts.call.operation} handed to a socket twice`,
    );
    this.#connection = connection;
    this.#xid = xid;
  }

  answer(header: ReplyHeader, body: JuteReader): void {
    const context = { zxid: toZxid(header.zxid), connection: this.#connection ?? 0 };
    const answer = this.#read(header, body, context);
    if ("value" in answer) {
      this.#settle(() => this.#parts.resolve(answer.value));
    } else {
      this.#refuse(answer.refused, "answered", context.zxid, undefined);
    }
  }

  fail(code: number, cause: unknown): void {
    const progress = this.#connection === undefined ? "unsent" : "sent";
    this.#refuse({ code }, progress, undefined, cause);
  }

  #read(header: ReplyHeader, body: JuteReader, context: ReplyContext): Answer<T> {
    if (header.err !== 0) {
      // What follows an error code is not read: for creates and sets a server may add a body.
      return this.#parts.call.readError?.(header.err, context) ?? { refused: { code: header.err } };
    }
    const answer = this.#parts.call.read(body, context);
    body.end();
    return answer;
  }

  #refuse(refusal: Refusal, progress: Progress, at: Zxid | undefined, cause: unknown): void {
    const error = new ZooKeeperError({
      operation: this.#parts.call.operation,
      path: shownPath(refusal.path ?? this.#parts.call.path, this.#parts.settings),
      code: refusal.code,
      progress,
      zxid: at,
      connection: this.#connection,
      results: refusal.results,
      cause,
    });
    this.#settle(() => this.#parts.reject(error));
  }

  #settle(run: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#parts.delivery.settle(run);
  }
}

function shownPath(path: string | undefined, settings: RequestSettings): string | undefined {
  return path === undefined ? undefined : withoutChroot(settings.chroot, path);
}

/** Promise.withResolvers, which Node 20 does not have. */
function deferred<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise;
    reject = rejectPromise;
  });
  return { promise, resolve, reject };
}
