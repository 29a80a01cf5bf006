/** What a debugger knows of a JVM's classes and objects: ids and names. */

export type ObjectId = bigint;
export type ClassId = bigint;
export type ThreadId = bigint;

export interface Field {
  readonly id: bigint;
  readonly name: string;
  /** JNI signature, e.g. `J` or `Ljava/util/concurrent/atomic/AtomicLong;`. */
  readonly signature: string;
  /** The class that declares it. */
  readonly declaredIn: ClassId;
}

export interface Method {
  readonly id: bigint;
  readonly name: string;
  readonly signature: string;
}

/** A method that a suspended thread is in. */
export interface Frame {
  readonly type: ClassId;
  readonly method: bigint;
}
