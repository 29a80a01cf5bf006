/**
 * The zxid counter of a leading server, found from the one thread that is a QuorumPeer: its field
 * `leader` (null on a follower), that one's `zk`, and there `hzxid`, an AtomicLong from 3.4.7 or 3.4.8 on
 * (3.4.8 has one) and a plain long before (3.4.6 has one). `hzxid` belongs to the server object, which is new for each leadership, and
 * `leader` is set from discovery on: so a handle found earlier says nothing about now (semantics 20).
 */

import { LabError } from "../../errors.ts";
import { type Zxid, zxid } from "../../ids.ts";
import type { Value } from "./codec.ts";
import type { Jvm } from "./jvm.ts";
import type { Field, ObjectId } from "./mirror.ts";
import { findProposer, type Proposer } from "./proposer.ts";

const QUORUM_PEER = "Lorg/apache/zookeeper/server/quorum/QuorumPeer;";
const SERVER_STATE = "Lorg/apache/zookeeper/server/ZooKeeperServer$State;";
const ZAB_STATE = "Lorg/apache/zookeeper/server/quorum/QuorumPeer$ZabState;";

/** Where the counter was when it was looked for; every object is looked at again before it is changed. */
export interface LeaderHandle {
  /** The AtomicLong, or the server itself where the counter is a plain long. */
  readonly counter: { readonly object: ObjectId; readonly field: Field };
  /** What the leader itself calls its epoch: the witness that the zxid is divided as we think. */
  readonly epoch: { readonly object: ObjectId; readonly field: Field };
  /** Who draws zxids; the counter may be moved only while it stands between two requests. */
  readonly proposer: Proposer;
  /** Must hold for a leader that serves. */
  readonly serving: readonly Expectation[];
}

/** A field of an object that must refer to this object, or be true. */
export interface Expectation {
  readonly object: ObjectId;
  readonly field: Field;
  readonly is: ObjectId | true;
  /** What it means where it does not, e.g. "it does not serve". */
  readonly otherwise: string;
}

/** Throws LabError("fault") where the server does not lead, or is built otherwise than any known one. */
export async function findLeader(jvm: Jvm): Promise<LeaderHandle> {
  const peer = await findPeer(jvm);
  const leaderField = await fieldOf(jvm, peer, "leader");
  const leader = await reference(jvm, peer, leaderField);
  if (leader === 0n) throw refusal(jvm, "it does not lead");
  const zkField = await fieldOf(jvm, leader, "zk");
  const server = await reference(jvm, leader, zkField);
  if (server === 0n) throw refusal(jvm, "it leads without a server");
  const epoch = { object: leader, field: await fieldOf(jvm, leader, "epoch") };
  const proposer = await findProposer(jvm);
  const hzxid = await fieldOf(jvm, server, "hzxid");
  const chain: Expectation[] = [
    { object: peer, field: leaderField, is: leader, otherwise: "it leads no more" },
    { object: leader, field: zkField, is: server, otherwise: "its leader has another server" },
  ];
  chain.push(await running(jvm, server));
  const zab = await broadcasting(jvm, peer);
  if (zab !== undefined) chain.push(zab);
  if (hzxid.signature === "J") {
    return { counter: { object: server, field: hzxid }, epoch, proposer, serving: chain };
  }
  const atomic = await reference(jvm, server, hzxid);
  const value = await fieldOf(jvm, atomic, "value");
  if (value.signature !== "J") throw refusal(jvm, `its hzxid.value is of type ${value.signature}`);
  chain.push({ object: server, field: hzxid, is: atomic, otherwise: "it has another counter" });
  return { counter: { object: atomic, field: value }, epoch, proposer, serving: chain };
}

/** The counter as it is at this moment. */
export async function readZxid(jvm: Jvm, { counter }: LeaderHandle): Promise<Zxid> {
  return zxid(await long(jvm, counter));
}

/** The epoch as the leader calls it at this moment. */
export async function readEpoch(jvm: Jvm, { epoch }: LeaderHandle): Promise<number> {
  return Number(await long(jvm, epoch));
}

/** Why the handle is not a serving leader's, read now; undefined where it is. */
export async function whyNotServing(jvm: Jvm, handle: LeaderHandle): Promise<string | undefined> {
  const found = await Promise.all(
    handle.serving.map(async (one) => {
      const [value] = await jvm.getFields(one.object, [one.field]);
      const is =
        value?.tag === "boolean" ? value.value : value?.tag === "reference" ? value.id : undefined;
      return is === one.is ? undefined : one.otherwise;
    }),
  );
  return found.find((why) => why !== undefined);
}

async function long(jvm: Jvm, { object, field }: LeaderHandle["counter"]): Promise<bigint> {
  const [value] = await jvm.getFields(object, [field]);
  if (value?.tag === "long") return value.value;
  throw refusal(jvm, `its ${field.name} is no long`);
}

export function refusal(jvm: Jvm, why: string): LabError {
  return new LabError("fault", `find the leader's counter in ${jvm.name}: ${why}`);
}

/** QuorumPeer is itself a thread, so neither a heap walk nor a static field is needed. */
async function findPeer(jvm: Jvm): Promise<ObjectId> {
  const [type] = await jvm.classesBySignature(QUORUM_PEER);
  if (type === undefined)
    throw refusal(jvm, "it runs no QuorumPeer (a standalone server has none)");
  const threads = await jvm.allThreads();
  const types = await Promise.all(threads.map((thread) => jvm.classOf(thread).catch(() => 0n)));
  const peer = threads.find((_, i) => types[i] === type);
  if (peer === undefined) throw refusal(jvm, "its QuorumPeer has ended");
  return peer;
}

async function fieldOf(jvm: Jvm, object: ObjectId, name: string): Promise<Field> {
  const type = await jvm.classOf(object);
  const field = await jvm.findField(type, name);
  if (field !== undefined) return field;
  throw refusal(jvm, `${await jvm.signatureOf(type)} has no field ${name}`);
}

async function reference(jvm: Jvm, object: ObjectId, field: Field): Promise<ObjectId> {
  const [value] = await jvm.getFields(object, [field]);
  return idOf(jvm, value, field.name);
}

/** A constant of a Java enum. */
async function constant(jvm: Jvm, signature: string, name: string): Promise<ObjectId> {
  const [type] = await jvm.classesBySignature(signature);
  const field =
    type === undefined
      ? undefined
      : (await jvm.fieldsOf(type)).find((candidate) => candidate.name === name);
  if (type === undefined || field === undefined) throw refusal(jvm, `no ${name} in ${signature}`);
  const [value] = await jvm.getStatics(type, [field]);
  return idOf(jvm, value, name);
}

/** Before 3.4.7 a server has no state but whether it runs. */
async function running(jvm: Jvm, server: ObjectId): Promise<Expectation> {
  const otherwise = "it does not serve";
  const field = await jvm.findField(await jvm.classOf(server), "state");
  if (field !== undefined) {
    return { object: server, field, is: await constant(jvm, SERVER_STATE, "RUNNING"), otherwise };
  }
  return { object: server, field: await fieldOf(jvm, server, "running"), is: true, otherwise };
}

/** From 3.6 on the peer tells its Zab state; before, RUNNING alone says that a quorum follows. */
async function broadcasting(jvm: Jvm, peer: ObjectId): Promise<Expectation | undefined> {
  const field = await jvm.findField(await jvm.classOf(peer), "zabState");
  if (field === undefined) return undefined;
  const atomic = await reference(jvm, peer, field);
  const value = await fieldOf(jvm, atomic, "value");
  const is = await constant(jvm, ZAB_STATE, "BROADCAST");
  return { object: atomic, field: value, is, otherwise: "it does not broadcast yet" };
}

function idOf(jvm: Jvm, value: Value | undefined, name: string): ObjectId {
  if (value?.tag === "reference") return value.id;
  throw refusal(jvm, `${name} is no reference`);
}
