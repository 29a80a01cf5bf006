/**
 * A small seeded model of an ensemble with groups of contenders, all of them correct: elections, writes,
 * resignations, expiries with an op in hand, lost replies whose write is in the log or is not, failovers of
 * the ensemble. What it produces must never be called violated. It is one stream of steps; real time
 * overlaps only inside a step (an op decided before an expiry and settled after it).
 */

import type { Guard } from "../../contenders/contract.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { GroupInfo, RecipeName } from "../../lab/evidence/run-info.ts";
import type { SessionId } from "../../lab/ids.ts";
import type { TxnOp } from "../../lab/txnlog/types.ts";
import { group, op, type TokenOf, who } from "./model-parts.ts";
import { RunModel, SERVERS } from "./run-model.ts";

const SEQUENCE_DIGITS = 10;

/** A generator of [0, 1) from a 32-bit seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Simulated {
  readonly evidence: Evidence;
  readonly model: RunModel;
  /** Per group: ops that were decided under a term and settled after it, on purpose. */
  readonly exposed: ReadonlyMap<string, number>;
}

interface Kind {
  readonly strategy: string;
  readonly guard: GroupInfo["promises"]["guard"];
  readonly recipe: RecipeName;
  readonly child: (n: number) => string;
}

const digits = (n: number): string => String(n).padStart(SEQUENCE_DIGITS, "0");

const KINDS: readonly Kind[] = [
  {
    strategy: "naive",
    guard: "none",
    recipe: "curator-latch",
    child: (n) => `_c_${n % 7}f-latch-${digits(n)}`,
  },
  {
    strategy: "latch-check",
    guard: "path",
    recipe: "curator-latch",
    child: (n) => `_c_${n % 5}a-latch-${digits(n)}`,
  },
  { strategy: "ephemeral", guard: "session", recipe: "single", child: () => "leader" },
  {
    strategy: "epoch-fence",
    guard: "epoch-node",
    recipe: "sequential",
    child: (n) => `n_${digits(n)}`,
  },
  {
    strategy: "kazoo",
    guard: "none",
    recipe: "kazoo-lock",
    child: (n) => `${n}__lock__${digits(n)}`,
  },
];

/** One contender's present life. */
interface Member {
  readonly name: string;
  readonly life: number;
  readonly session: SessionId;
  /** Its znode, once it has one (`single`: only the leader has). */
  readonly token: TokenOf | undefined;
}

class GroupSimulation {
  readonly info: GroupInfo;
  exposed = 0;
  readonly #kind: Kind;
  readonly #model: RunModel;
  readonly #random: () => number;
  readonly #path: string;
  #members: Member[] = [];
  #children = 0;
  #ops = 0;
  #lives = new Map<string, number>();
  #epochVersion = 0;

  constructor(info: GroupInfo, kind: Kind, model: RunModel, random: () => number) {
    this.info = info;
    this.#kind = kind;
    this.#model = model;
    this.#random = random;
    this.#path = `/run/${info.name}/guarded/state`;
  }

  /** Brings all contenders up; the first leads and writes once, so that every claim has something. */
  begin(): void {
    for (const name of this.info.contenders) this.#start(name);
    this.#lead();
    this.goodWrite();
  }

  step(): void {
    const actions = [
      () => this.goodWrite(),
      () => this.goodWrite(),
      () => this.lostReply(),
      () => this.refused(),
      () => this.resign(),
      () => this.expireWithOpInHand(),
      () => this.standbyLeaves(),
    ];
    actions[Math.floor(this.#random() * actions.length)]?.();
  }

  goodWrite(): void {
    const leader = this.#lead();
    const id = this.#opId(leader);
    const { guard, checks } = this.#guardOf(leader);
    const parts = { session: leader.session, path: this.#path, guard, checks };
    this.#model.write(this.#who(leader), id, { ...parts, ...tokenOf(leader) });
  }

  /** ConnectionLoss: the write may be in the log or not; both are correct. */
  lostReply(): void {
    const leader = this.#lead();
    const id = this.#opId(leader);
    const { guard, checks } = this.#guardOf(leader);
    this.#invoke(leader, id, guard);
    if (this.#random() < 0.5) this.#commit(leader.session, id, checks);
    this.#model.failed(this.#who(leader), id, "info", { code: "ConnectionLoss" });
  }

  /** The server answers with an error: the record is rejected and has a zxid. */
  refused(): void {
    const leader = this.#lead();
    const id = this.#opId(leader);
    this.#invoke(leader, id, this.#guardOf(leader).guard);
    const zxid = this.#model.reject(leader.session, -103, "error");
    const { session } = leader;
    this.#model.failed(this.#who(leader), id, "fail", { code: "BadVersion", zxid, session });
  }

  /** The last write and the deletion of its own znode in one transaction, then it campaigns again. */
  resign(): void {
    const leader = this.#lead();
    if (leader.token === undefined) return;
    const id = this.#opId(leader);
    const { guard, checks } = this.#guardOf(leader);
    this.#invoke(leader, id, guard);
    const ops = [...checks, op.set(this.#path, id), op.remove(leader.token.path)];
    const zxid = this.#model.commit({ type: "multi", session: leader.session, ops });
    this.#model.ok(this.#who(leader), id, zxid, leader.session);
    this.#revoke(leader, "resign");
    this.#replace(leader, { ...leader, token: undefined });
    this.#campaign({ ...leader, token: undefined });
  }

  /** Decided under a term, stopped, its session expires, another leads; then it ends as its strategy has it. */
  expireWithOpInHand(): void {
    const leader = this.#lead();
    const id = this.#opId(leader);
    const { guard } = this.#guardOf(leader);
    const speaker = this.#who(leader);
    this.#invoke(leader, id, guard);
    this.#model.say(speaker, { type: "held", failpoint: "before-send", op: id });
    const pause = this.#model.fault("pause", speaker);
    this.#model.probe();
    const closes = leader.token === undefined ? [] : [leader.token.path];
    this.#model.close(leader.session, this.#random() < 0.5 ? { paths: closes } : {});
    this.#model.probe();
    this.#members = this.#members.filter((member) => member !== leader);
    this.#lead();
    this.goodWrite();
    pause.heal();
    this.#model.say(speaker, { type: "released", failpoint: "before-send", op: id });
    this.#revoke(leader, "session-lost");
    this.exposed += 1;
    const session = this.#model.connect(speaker);
    if (this.#kind.guard === "path" || this.#kind.guard === "epoch-node") {
      const zxid = this.#model.reject(session, -101);
      const code = this.#kind.guard === "path" ? "NoNode" : "BadVersion";
      this.#model.failed(speaker, id, "fail", { code, zxid, fenced: true, session });
    } else {
      this.#model.failed(speaker, id, "fail", { code: "SessionExpired", unsent: true });
    }
    const reborn = { ...leader, session, token: undefined };
    this.#members.push(reborn);
    this.#campaign(reborn);
  }

  /** A contender without office stops; a new incarnation starts. */
  standbyLeaves(): void {
    const leader = this.#lead();
    const standby = this.#members.find((member) => member !== leader);
    if (standby === undefined) return;
    this.#model.close(standby.session, { by: "client" });
    this.#members = this.#members.filter((member) => member !== standby);
    this.#start(standby.name);
  }

  /** Told to stop, the leader goes first: for two probes the next in line leads, and begins nothing. */
  end(): void {
    const leader = this.#lead();
    this.#stop(leader);
    this.#model.probe();
    this.#model.probe();
    for (const member of this.#members) if (member !== leader) this.#stop(member);
  }

  #stop(member: Member): void {
    this.#revoke(member, "stop");
    this.#model.close(member.session, { by: "client" });
  }

  #start(name: string): void {
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    const session = this.#model.connect(who(this.info.name, name, life));
    const member: Member = { name, life, session, token: undefined };
    this.#members.push(member);
    this.#campaign(member);
  }

  /** Makes the member's znode; in `single` only when nobody has one. */
  #campaign(member: Member): void {
    if (this.#kind.recipe === "single" && this.#members.some((other) => other.token)) return;
    const path = `${this.info.electionPath}/${this.#kind.child(this.#children)}`;
    this.#children += 1;
    const token = this.#model.elect(this.#who(member), member.session, path, true);
    this.#replace(member, { ...member, token });
  }

  /** The member whose znode is oldest; it believes before it acts, and fences its predecessor if it must. */
  #lead(): Member {
    if (this.#members.every((member) => member.token === undefined)) {
      const [next] = this.#members;
      if (next !== undefined) this.#campaign(next);
    }
    const leader = this.#members
      .filter((member) => member.token !== undefined)
      .sort((a, b) => Number((a.token?.czxid ?? 0n) - (b.token?.czxid ?? 0n)))[0];
    if (leader?.token === undefined) throw new Error("the simulator has nobody to lead");
    if (!this.#believing.has(leader.token.czxid)) {
      this.#believing.add(leader.token.czxid);
      this.#epochVersion += 1;
      this.#model.believe(this.#who(leader), leader.token);
    }
    return leader;
  }
  readonly #believing = new Set<bigint>();

  #revoke(member: Member, reason: "resign" | "session-lost" | "stop"): void {
    if (member.token === undefined || !this.#believing.has(member.token.czxid)) return;
    this.#model.revoke(this.#who(member), reason);
  }

  #invoke(leader: Member, id: string, guard: Guard): void {
    const parts = { path: this.#path, session: leader.session, guard, ...tokenOf(leader) };
    this.#model.invoke(this.#who(leader), id, parts);
  }

  #commit(session: SessionId, id: string, checks: readonly TxnOp[]): void {
    const type = checks.length > 0 ? "multi" : "setData";
    this.#model.commit({ type, session, ops: [...checks, op.set(this.#path, id)] });
  }

  #guardOf(leader: Member): { guard: Guard; checks: readonly TxnOp[] } {
    const path = leader.token?.path ?? "/none";
    const epoch = `/run/${this.info.name}/epoch`;
    const version = this.#epochVersion;
    switch (this.#kind.guard) {
      case "path":
        return { guard: { kind: "path", path }, checks: [op.check(path)] };
      case "epoch-node":
        return {
          guard: { kind: "epoch-node", path: epoch, version },
          checks: [op.check(epoch, version + 1)],
        };
      case "session":
        return {
          guard: { kind: "session", session: `0x${leader.session.toString(16)}` },
          checks: [],
        };
      case "version":
      case "none":
        return { guard: { kind: "none" }, checks: [] };
    }
  }

  #opId(leader: Member): string {
    this.#ops += 1;
    return `${leader.name}#${leader.life}:${this.#ops}`;
  }

  #who(member: Member): string {
    return who(this.info.name, member.name, member.life);
  }

  #replace(old: Member, by: Member): void {
    this.#members = this.#members.map((member) =>
      member.name === old.name && member.life === old.life ? by : member,
    );
  }
}

function tokenOf(leader: Member): { token?: TokenOf } {
  return leader.token === undefined ? {} : { token: leader.token };
}

/** A correct run of `groups` groups and some `steps` steps, sealed, with its own exposures as minimums. */
export function simulate(
  seed: number,
  options: { groups?: number; steps?: number; failOvers?: number } = {},
): Simulated {
  const random = seeded(seed);
  const count = options.groups ?? 1 + Math.floor(random() * 3);
  const kinds = Array.from({ length: count }, (_, i) => KINDS[(i + seed) % KINDS.length]).flatMap(
    (kind) => kind ?? [],
  );
  const infos = kinds.map((kind, i) =>
    group({
      name: `g${i}`,
      strategy: kind.strategy,
      promises: { guard: kind.guard, atMostOnce: false, reportsAttempts: true },
      recipe: kind.recipe,
      electionPath: `/run/g${i}/election`,
      guarded: [`/run/g${i}/guarded/**`],
    }),
  );
  const model = new RunModel(infos);
  for (const info of infos) model.makeZnodes(info);
  model.open();
  const groups = infos.flatMap((info, i) => {
    const kind = kinds[i];
    return kind === undefined ? [] : [new GroupSimulation(info, kind, model, random)];
  });
  model.probe();
  for (const each of groups) each.begin();
  for (let step = 0; step < (options.steps ?? 12); step++) {
    groups[Math.floor(random() * groups.length)]?.step();
    model.nowMs += random() * 20;
    if (random() < 0.5) model.probe();
    if (random() < (options.failOvers ?? 0.1)) failOver(model, random);
  }
  // After the last heal every group acts once more: it has recovered.
  for (const each of groups) each.goodWrite();
  model.event({ type: "stage", at: Math.round(model.nowMs * 1e6), stage: "stop" });
  for (const each of groups) each.end();
  model.probe();
  model.probe();
  model.seal();
  const exposed = new Map(groups.map((each) => [each.info.name, each.exposed]));
  const evidence = withMinimums(model.evidence(), exposed);
  return { evidence, model, exposed };
}

/** The lab's probe is the last thing of an epoch, so that a cut tail is noticed by its acknowledgement. */
function failOver(model: RunModel, random: () => number): void {
  model.probe();
  model.newEpoch(SERVERS[Math.floor(random() * SERVERS.length)] ?? "zk1");
  model.probe();
}

function withMinimums(evidence: Evidence, exposed: ReadonlyMap<string, number>): Evidence {
  const groups = evidence.run.groups.map((info) => ({
    ...info,
    minimums: { exposed: exposed.get(info.name) ?? 0, committedWrites: 1, terms: 1 },
  }));
  return { ...evidence, run: { ...evidence.run, groups } };
}
