/** Shapes of a partition, exhaustively for ensembles of 1 to 9 servers and every target. */

import { describe, expect, it } from "vitest";
import {
  grudge,
  type Parties,
  SHAPE_NAMES,
  type ShapeName,
  type Silence,
  targetsOf,
} from "../../faults/partition-shapes.ts";

const SERVERS_MAX = 9;
const CONTENDERS = ["a/c1", "a/c2", "b/c1"];

/** Every shape from every node it may start from. */
function* cases(): Generator<{ shape: ShapeName; parties: Parties; pairs: readonly Silence[] }> {
  for (let n = 1; n <= SERVERS_MAX; n += 1) {
    const servers = Array.from({ length: n }, (_, i) => `zk${i + 1}`);
    for (const shape of SHAPE_NAMES) {
      const targets = [
        ...(targetsOf(shape).includes("server") ? servers : []),
        ...(targetsOf(shape).includes("contender") ? CONTENDERS : []),
      ];
      for (const target of targets) {
        const connected = servers[target.length % n] ?? "zk1";
        const parties = { target, servers, contenders: CONTENDERS, connected };
        yield { shape, parties, pairs: grudge(shape, parties) };
      }
    }
  }
}

function of(shape: ShapeName): readonly { parties: Parties; pairs: readonly Silence[] }[] {
  return [...cases()].filter((one) => one.shape === shape);
}

function hears(pairs: readonly Silence[], to: string, from: string): boolean {
  return !pairs.some((pair) => pair.from === from && pair.to === to);
}

/** Whom each server hears, itself included. */
function heardBy({ servers }: Parties, pairs: readonly Silence[], to: string): readonly string[] {
  return servers.filter((from) => from === to || hears(pairs, to, from));
}

/** The servers that hear each other, group by group, in the order of their first. */
function sides(parties: Parties, pairs: readonly Silence[]): readonly (readonly string[])[] {
  const groups = new Map(
    parties.servers.map((server) => [heardBy(parties, pairs, server).join(), server]),
  );
  return [...groups.keys()].map((key) => key.split(","));
}

const quorum = ({ servers }: Parties): number => Math.floor(servers.length / 2) + 1;

describe("partition shapes", () => {
  it("name only members, nobody deaf to itself, no pair twice, the same for the same parties", () => {
    let examined = 0;
    for (const { shape, parties, pairs } of cases()) {
      examined += 1;
      const everybody = new Set([...parties.servers, ...parties.contenders]);
      const isWrong = ({ from, to }: Silence): boolean =>
        !everybody.has(from) || !everybody.has(to) || from === to;
      expect(pairs.filter(isWrong)).toEqual([]);
      expect(new Set(pairs.map(({ from, to }) => `${from} ${to}`)).size).toBe(pairs.length);
      expect(grudge(shape, parties)).toEqual(pairs);
    }
    expect(examined).toBe(6 * 45 + 4 * SERVERS_MAX * CONTENDERS.length + 45);
  });

  it("go both ways, but for one-way and an even majority's ring", () => {
    for (const { shape, parties, pairs } of cases()) {
      const mutual = pairs.every(({ from, to }) => !hears(pairs, from, to));
      const ringIsEven = shape === "majorities-ring" && quorum(parties) % 2 === 0;
      if (shape === "one-way") expect(mutual).toBe(false);
      else if (!ringIsEven) expect(mutual).toBe(true);
    }
  });

  it("isolate: the target and nobody else has lost everybody", () => {
    for (const { parties, pairs } of of("isolate")) {
      const rest = [...parties.servers, ...parties.contenders].filter((x) => x !== parties.target);
      expect(pairs).toHaveLength(2 * rest.length);
      for (const one of rest) {
        expect(hears(pairs, one, parties.target)).toBe(false);
        expect(hears(pairs, parties.target, one)).toBe(false);
      }
    }
  });

  it("one-way: nobody hears the target, and it hears everybody", () => {
    for (const { parties, pairs } of of("one-way")) {
      expect(pairs).toHaveLength(parties.servers.length + parties.contenders.length - 1);
      expect(pairs.every(({ from }) => from === parties.target)).toBe(true);
    }
  });

  it("halves, minority, majority: two sides of the servers, the target's of the size named", () => {
    for (const shape of ["halves", "minority", "majority"] as const) {
      for (const { parties, pairs } of of(shape)) {
        const n = parties.servers.length;
        const wanted = {
          halves: Math.floor(n / 2),
          minority: n - quorum(parties),
          majority: quorum(parties),
        }[shape];
        if (wanted === 0 || wanted === n) {
          expect(pairs).toEqual([]);
          continue;
        }
        const found = sides(parties, pairs);
        expect(found).toHaveLength(2);
        const own = found.find((side) => side.includes(parties.target));
        expect(own).toHaveLength(wanted);
        expect(pairs).toHaveLength(2 * wanted * (n - wanted));
      }
    }
  });

  it("minority has no quorum, and the rest has", () => {
    for (const { parties, pairs } of of("minority")) {
      if (pairs.length === 0) continue;
      expect(heardBy(parties, pairs, parties.target).length).toBeLessThan(quorum(parties));
      const rest = parties.servers.length - heardBy(parties, pairs, parties.target).length;
      expect(rest).toBe(quorum(parties));
    }
  });

  it("bridge: two halves that meet in the target alone", () => {
    for (const { parties, pairs } of of("bridge")) {
      expect(pairs.some(({ from, to }) => [from, to].includes(parties.target))).toBe(false);
      const rest = parties.servers.filter((one) => one !== parties.target);
      for (const one of rest) {
        const lost = rest.filter((other) => other !== one && !hears(pairs, one, other));
        expect([Math.floor(rest.length / 2), Math.ceil(rest.length / 2)]).toContain(lost.length);
      }
      expect(pairs).toHaveLength(2 * Math.floor(rest.length / 2) * Math.ceil(rest.length / 2));
    }
  });

  it("majorities-ring: each hears a majority, and no two the same", () => {
    for (const { parties, pairs } of of("majorities-ring")) {
      const heard = parties.servers.map((server) => heardBy(parties, pairs, server));
      for (const one of heard) expect(one).toHaveLength(quorum(parties));
      const distinct = new Set(heard.map((one) => one.join()));
      // Of one server or two there is but one majority.
      expect(distinct.size).toBe(parties.servers.length < 3 ? 1 : parties.servers.length);
    }
  });

  it("a contender's shapes touch it and servers alone", () => {
    for (const { parties, pairs } of of("contender-from-ensemble")) {
      expect(pairs).toHaveLength(2 * parties.servers.length);
      for (const server of parties.servers) {
        expect(hears(pairs, server, parties.target)).toBe(false);
        expect(hears(pairs, parties.target, server)).toBe(false);
      }
    }
    for (const { parties, pairs } of of("contender-from-its-server")) {
      const { target, connected = "" } = parties;
      expect(pairs).toEqual([
        { from: target, to: connected },
        { from: connected, to: target },
      ]);
    }
  });
});
