/**
 * The one thread of a leading server that draws zxids (`PrepRequestProcessor`). It draws one for a request's
 * header, and reads the counter once more for the request's own (3.4 to 3.9). A counter that is moved in
 * between makes a proposal with two zxids: no follower's acknowledgement ever fits it, and a leader of
 * 3.5 and later commits nothing more, while a follower of 3.4 ends itself ("Committing zxid … but next
 * pending txn …"). So the counter may be moved only while that thread is in no request.
 */

import { LabError } from "../../errors.ts";
import type { Jvm } from "./jvm.ts";
import type { ClassId, ThreadId } from "./mirror.ts";

const PROCESSOR = "Lorg/apache/zookeeper/server/PrepRequestProcessor;";
/** From drawing the zxid to the proposal's being queued, all happens within this method. */
const METHOD = "pRequest";

export interface Proposer {
  /** More than one only while a server that led before comes to its end. */
  readonly threads: readonly ThreadId[];
  readonly type: ClassId;
  readonly methods: readonly bigint[];
}

/** Throws LabError("fault") where the server is built otherwise than any known one. */
export async function findProposer(jvm: Jvm): Promise<Proposer> {
  const [type] = await jvm.classesBySignature(PROCESSOR);
  if (type === undefined) throw unknown(jvm, "it has no PrepRequestProcessor");
  const methods = (await jvm.methodsOf(type)).filter(({ name }) => name === METHOD);
  const all = await jvm.allThreads();
  // A thread that ended since it was listed is nobody's proposer.
  const types = await Promise.all(all.map((thread) => jvm.classOf(thread).catch(() => 0n)));
  const threads = all.filter((_, i) => types[i] === type);
  if (methods.length === 0 || threads.length === 0) {
    throw unknown(jvm, `${threads.length} thread(s) and ${methods.length} ${METHOD} in it`);
  }
  return { threads, type, methods: methods.map(({ id }) => id) };
}

/** Whether a request is between its two zxids, or may be. Ask it while the JVM is suspended. */
export async function isProposing(jvm: Jvm, proposer: Proposer): Promise<boolean> {
  const stacks = await Promise.all(proposer.threads.map((thread) => jvm.framesOf(thread)));
  return stacks
    .flat()
    .some(({ type, method }) => type === proposer.type && proposer.methods.includes(method));
}

function unknown(jvm: Jvm, found: string): LabError {
  return new LabError("fault", `find the thread that draws zxids in ${jvm.name}: ${found}`);
}
