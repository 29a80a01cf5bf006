/** Two ends of one connection in memory; each end's `end` and `destroy` reach the other as a socket's do. */

import { Duplex } from "node:stream";

export type { Duplex };

export function duplexPair(): { near: Duplex; far: Duplex } {
  const ends: Duplex[] = [];
  const make = (other: () => Duplex | undefined): Duplex =>
    new Duplex({
      allowHalfOpen: false,
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        other()?.push(chunk);
        done();
      },
      final: (done) => {
        other()?.push(null);
        done();
      },
      destroy: (error, done) => {
        const peer = other();
        if (peer !== undefined && !peer.destroyed) peer.push(null);
        done(error);
      },
    });
  const near = make(() => ends[1]);
  const far = make(() => ends[0]);
  ends.push(near, far);
  return { near, far };
}
