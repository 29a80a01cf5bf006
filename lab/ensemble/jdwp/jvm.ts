/**
 * A running JVM as a debugger sees it: threads, classes, fields and their values, suspension of all or of
 * one thread, breakpoints. Nothing here calls a method or loads a class in the JVM; only `setField`
 * changes what it holds. Ids of objects stay valid until the object is collected, and are never reused.
 */

import type { Duplex } from "node:stream";
import { type Breakpoint, Breakpoints } from "./breakpoints.ts";
import {
  type IdSizes,
  JdwpReader,
  JdwpWriter,
  readIdSizes,
  SIZES_BEFORE_ASKED,
  type Value,
} from "./codec.ts";
import { JdwpConnection } from "./connection.ts";
import { JdwpError } from "./errors.ts";
import { readEvents } from "./events.ts";
import type { ClassId, Field, Frame, Method, ObjectId, ThreadId } from "./mirror.ts";

/** Each answer's limit: a JVM answers within a millisecond unless it is stopped or starved of CPU. */
const ANSWER_LIMIT_MS = 5_000;
const SUPERCLASSES_MAX = 50;

export class Jvm implements AsyncDisposable {
  readonly name: string;
  readonly #connection: JdwpConnection;
  readonly #breakpoints: Breakpoints;
  #sizes: IdSizes = SIZES_BEFORE_ASKED;

  private constructor(name: string, connection: JdwpConnection) {
    this.name = name;
    this.#connection = connection;
    this.#breakpoints = new Breakpoints(name, (what, set, number, write) =>
      this.#ask(what, set, number, write),
    );
  }

  /** Shakes hands and asks for the ids' sizes; rejects with JdwpError. One debugger at a time. */
  static async attach(
    socket: Duplex,
    options: { readonly name: string; readonly limitMs?: number },
  ): Promise<Jvm> {
    const { name, limitMs = ANSWER_LIMIT_MS } = options;
    const early: Buffer[] = [];
    let take = (body: Buffer): void => void early.push(body);
    const connection = await JdwpConnection.open(socket, {
      name,
      limitMs,
      onEvent: (body) => take(body),
    });
    const jvm = new Jvm(name, connection);
    jvm.#sizes = readIdSizes(await connection.request("IDSizes", { set: 1, number: 7 }, EMPTY));
    take = (body) => jvm.#breakpoints.take(readEvents(body, jvm.#sizes));
    for (const body of early) take(body);
    return jvm;
  }

  async allThreads(): Promise<readonly ThreadId[]> {
    const reader = await this.#ask("AllThreads", 1, 4);
    const count = reader.count(this.#sizes.object);
    const threads = Array.from({ length: count }, () => reader.id("object"));
    reader.end();
    return threads;
  }

  /** Classes of this JNI signature that are loaded; more than one where several loaders have it. */
  async classesBySignature(signature: string): Promise<readonly ClassId[]> {
    const reader = await this.#ask("ClassesBySignature", 1, 2, (w) => w.string(signature));
    const count = reader.count(1 + this.#sizes.referenceType + 4);
    const classes = Array.from({ length: count }, () => {
      reader.byte();
      const id = reader.id("referenceType");
      reader.int();
      return id;
    });
    reader.end();
    return classes;
  }

  async classOf(object: ObjectId): Promise<ClassId> {
    const reader = await this.#ask("class of an object", 9, 1, (w) => w.id("object", object));
    reader.byte();
    const id = reader.id("referenceType");
    reader.end();
    return id;
  }

  /** JNI signature of a class. */
  async signatureOf(type: ClassId): Promise<string> {
    const reader = await this.#ask("signature of a class", 2, 1, (w) =>
      w.id("referenceType", type),
    );
    const signature = reader.string();
    reader.end();
    return signature;
  }

  /** 0n above java.lang.Object. */
  async superclassOf(type: ClassId): Promise<ClassId> {
    const reader = await this.#ask("superclass", 3, 1, (w) => w.id("referenceType", type));
    const id = reader.id("referenceType");
    reader.end();
    return id;
  }

  /** The fields that a class declares itself. */
  async fieldsOf(type: ClassId): Promise<readonly Field[]> {
    const reader = await this.#ask("fields", 2, 4, (w) => w.id("referenceType", type));
    const count = reader.count(this.#sizes.field + 12);
    const fields = Array.from({ length: count }, () => {
      const id = reader.id("field");
      const field = { id, name: reader.string(), signature: reader.string(), declaredIn: type };
      reader.int();
      return field;
    });
    reader.end();
    return fields;
  }

  /** A field of this name, its own or inherited; undefined where no class above has one. */
  async findField(type: ClassId, name: string): Promise<Field | undefined> {
    let at = type;
    for (let i = 0; at !== 0n && i < SUPERCLASSES_MAX; i += 1) {
      const found = (await this.fieldsOf(at)).find((field) => field.name === name);
      if (found !== undefined) return found;
      at = await this.superclassOf(at);
    }
    return undefined;
  }

  async methodsOf(type: ClassId): Promise<readonly Method[]> {
    const reader = await this.#ask("methods", 2, 5, (w) => w.id("referenceType", type));
    const count = reader.count(this.#sizes.method + 12);
    const methods = Array.from({ length: count }, () => {
      const id = reader.id("method");
      const method = { id, name: reader.string(), signature: reader.string() };
      reader.int();
      return method;
    });
    reader.end();
    return methods;
  }

  /** Values of an object's fields, in the order asked. */
  getFields(object: ObjectId, fields: readonly Field[]): Promise<readonly Value[]> {
    return this.#values("values of fields", 9, 2, (w) => w.id("object", object), fields);
  }

  getStatics(type: ClassId, fields: readonly Field[]): Promise<readonly Value[]> {
    return this.#values("static values", 2, 6, (w) => w.id("referenceType", type), fields);
  }

  /** Sets a field of type long or int, or a reference. */
  async setField(object: ObjectId, field: Field, value: Value): Promise<void> {
    const reader = await this.#ask(`set ${field.name}`, 9, 3, (w) => {
      w.id("object", object).int(1).id("field", field.id);
      if (value.tag === "long") w.long(value.value);
      else if (value.tag === "int") w.int(value.value);
      else if (value.tag === "reference") w.id("object", value.id);
      else if (value.tag === "boolean") w.byte(value.value ? 1 : 0);
      else throw new JdwpError("refused", `set ${field.name}: a value of tag ${value.letter}`);
    });
    reader.end();
  }

  /** Every thread stands until `resume`, or until this connection is gone. Suspensions are counted. */
  async suspend(): Promise<void> {
    (await this.#ask("suspend the JVM", 1, 8)).end();
  }

  async resume(): Promise<void> {
    (await this.#ask("resume the JVM", 1, 9)).end();
  }

  async suspendThread(thread: ThreadId): Promise<void> {
    (await this.#ask("suspend a thread", 11, 2, (w) => w.id("object", thread))).end();
  }

  async resumeThread(thread: ThreadId): Promise<void> {
    (await this.#ask("resume a thread", 11, 3, (w) => w.id("object", thread))).end();
  }

  async threadName(thread: ThreadId): Promise<string> {
    const reader = await this.#ask("name of a thread", 11, 1, (w) => w.id("object", thread));
    const name = reader.string();
    reader.end();
    return name;
  }

  /** How often it is suspended; 0: it runs. */
  async suspendCount(thread: ThreadId): Promise<number> {
    const reader = await this.#ask("suspend count", 11, 12, (w) => w.id("object", thread));
    const count = reader.int();
    reader.end();
    return count;
  }

  /** What a suspended thread is in, innermost first. */
  async framesOf(thread: ThreadId): Promise<readonly Frame[]> {
    const whole = -1;
    const reader = await this.#ask("frames of a thread", 11, 6, (w) =>
      w.id("object", thread).int(0).int(whole),
    );
    const count = reader.count(this.#sizes.frame + 1 + this.#sizes.referenceType);
    const frames = Array.from({ length: count }, () => {
      reader.id("frame");
      reader.byte();
      const frame = { type: reader.id("referenceType"), method: reader.id("method") };
      reader.long();
      return frame;
    });
    reader.end();
    return frames;
  }

  /** Stops whichever thread comes to the method's first instruction, that thread alone. */
  breakAt(type: ClassId, method: Method): Promise<Breakpoint> {
    return this.#breakpoints.set(type, method);
  }

  /** Tells the JVM to let go of everything, and ends the connection. Never rejects. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ask("dispose", 1, 6).catch(() => undefined);
    this.#connection.close();
  }

  /** Ends the connection without a word, as the death of the lab would. */
  drop(): void {
    this.#connection.close();
  }

  async #ask(
    what: string,
    set: number,
    number: number,
    write: (writer: JdwpWriter) => void = () => undefined,
  ): Promise<JdwpReader> {
    const writer = new JdwpWriter(this.#sizes);
    write(writer);
    const body = await this.#connection.request(what, { set, number }, writer.bytes());
    return new JdwpReader(body, this.#sizes);
  }

  async #values(
    what: string,
    set: number,
    number: number,
    of: (writer: JdwpWriter) => void,
    fields: readonly Field[],
  ): Promise<readonly Value[]> {
    const reader = await this.#ask(what, set, number, (w) => {
      of(w);
      w.int(fields.length);
      for (const field of fields) w.id("field", field.id);
    });
    const count = reader.count(1);
    if (count !== fields.length) {
      throw new JdwpError("garbled", `${this.name}: ${what}: ${count} of ${fields.length}`);
    }
    const values = fields.map(() => reader.value());
    reader.end();
    return values;
  }
}

const EMPTY = Buffer.alloc(0);
