/** The parts of the fault `partition` that need no network. */

import { describe, expect, it } from "vitest";
import { connectedTo, partition } from "../../faults/partition.ts";
import { noPorts } from "../../faults/probe.ts";
import {
  type DirectedPair,
  type PairTable,
  SwitchController,
} from "../../lab/runtime/network/controller.ts";
import { scenarioSchema } from "../../lab/scenario/schema.ts";

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0E00580A:9C4A 0B00580A:0885 01 00000000:00000000 00:00000000 00000000 65534        0 1 1 0
   1: 0E00580A:9C4C 0C00580A:0885 02 00000000:00000000 00:00000000 00000000 65534        0 1 1 0
   2: 0E00580A:9C4E 0D00580A:0B40 01 00000000:00000000 00:00000000 00000000 65534        0 1 1 0
  sl  local_address                         remote_address                        st tx_queue
   0: 0000000000000000FFFF00000E00580A:9C50 0000000000000000FFFF00000D00580A:0885 01 00000000:00000000
`;

describe("connectedTo", () => {
  it("finds established connections to the port alone, of both tables", () => {
    expect(connectedTo(TCP, 2181)).toEqual(["10.88.0.11", "10.88.0.13"]);
    expect(connectedTo("", 2181)).toEqual([]);
  });
});

describe("noPorts", () => {
  it("finds the count by its name, and nothing where there is none", () => {
    const text = "Tcp: A B\nTcp: 1 2\nUdp: InDatagrams NoPorts InErrors\nUdp: 5 17 0\n";
    expect(noPorts(text)).toBe(17);
    expect(noPorts("Tcp: A\nTcp: 1\n")).toBeUndefined();
    expect(noPorts("Udp: InDatagrams\nUdp: 5\n")).toBeUndefined();
  });
});

describe("a shape and its target", () => {
  it("must fit, or the scenario is refused", () => {
    expect(partition.targetProblem?.({ shape: "bridge" }, "contender")).toContain("a server");
    expect(partition.targetProblem?.({ shape: "isolate" }, "contender")).toBeUndefined();
    const inject = (target: string, shape: string): object => ({
      name: "x",
      description: "x",
      groups: { g: { strategy: "naive", expect: { verdict: "holds" } } },
      steps: [
        {
          "each-group": [
            {
              inject: {
                ...{ fault: "partition", target, options: { shape } },
                ...{ until: { elected: "any" }, limit: "1 s" },
              },
            },
          ],
        },
      ],
    });
    expect(scenarioSchema.safeParse(inject("leader", "isolate")).error).toBeUndefined();
    expect(scenarioSchema.safeParse(inject("leader", "halves")).success).toBe(false);
    expect(scenarioSchema.safeParse(inject("zk1", "contender-from-ensemble")).success).toBe(false);
    expect(scenarioSchema.safeParse(inject("zk1", "sideways")).success).toBe(false);
  });
});

const pair = (from: string, to: string): DirectedPair => ({ from, to });

/** A table in memory, which can be made to fail as nft does. */
class TableInMemory implements PairTable {
  readonly place = "memory";
  readonly inForce = new Set<string>();
  readonly broken = new Set<"add" | "remove">();

  add(pairs: readonly DirectedPair[]): Promise<void> {
    return this.#change("add", pairs, (key) => this.inForce.add(key));
  }

  remove(pairs: readonly DirectedPair[]): Promise<void> {
    return this.#change("remove", pairs, (key) => this.inForce.delete(key));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #change(
    verb: "add" | "remove",
    pairs: readonly DirectedPair[],
    apply: (key: string) => void,
  ): Promise<void> {
    if (this.broken.has(verb)) return Promise.reject(new Error(`${verb} is broken`));
    for (const { from, to } of pairs) apply(`${from}>${to}`);
    return Promise.resolve();
  }
}

function bench(): { table: TableInMemory; controller: SwitchController } {
  const table = new TableInMemory();
  return { table, controller: new SwitchController(() => Promise.resolve(table)) };
}

describe("SwitchController", () => {
  it("keeps the union of two cuts, and healing one keeps the other", async () => {
    const { table, controller } = bench();
    await controller.cut("f1", [pair("a", "b"), pair("b", "a")]);
    await controller.cut("f2", [pair("b", "a"), pair("c", "a")]);
    expect([...table.inForce].sort()).toEqual(["a>b", "b>a", "c>a"]);
    expect(await controller.mend("f1")).toEqual([pair("a", "b")]);
    expect([...table.inForce].sort()).toEqual(["b>a", "c>a"]);
    expect(await controller.mend("f2")).toEqual([pair("b", "a"), pair("c", "a")]);
    expect([...table.inForce]).toEqual([]);
    expect(controller.isCut(pair("b", "a"))).toBe(false);
  });

  it("mends more than once and what was never cut, and keeps what could not be mended", async () => {
    const { table, controller } = bench();
    expect(await controller.mend("f9")).toEqual([]);
    await controller.cut("f1", [pair("a", "b")]);
    table.broken.add("remove");
    await expect(controller.mend("f1")).rejects.toThrow("remove is broken");
    expect(controller.isCut(pair("a", "b"))).toBe(true);
    table.broken.clear();
    expect(await controller.mend("f1")).toEqual([pair("a", "b")]);
    expect(table.inForce.size).toBe(0);
    // Asked again, it names them again: a heal may have to be proven twice.
    expect(await controller.mend("f1")).toEqual([pair("a", "b")]);
  });

  it("takes a cut back that failed half-way", async () => {
    const { table, controller } = bench();
    table.broken.add("add");
    await expect(controller.cut("f1", [pair("a", "b")])).rejects.toThrow("add is broken");
    expect(await controller.mend("f1")).toEqual([pair("a", "b")]);
    expect(controller.isCut(pair("a", "b"))).toBe(false);
  });
});
