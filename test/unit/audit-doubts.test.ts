/** Whom a doubt concerns: what a contender said of itself takes no other group's verdict away. */

import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { Evidence, EvidenceProblem } from "../../lab/evidence/evidence.ts";
import { helloProblems } from "../../lab/evidence/hello.ts";
import { formatSession } from "../../lab/ids.ts";
import { onServers, without } from "../builders/evidence-edits.ts";
import { group, who } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const CARELESS = group({ name: "careless" });
const CAREFUL = group({ name: "careful" });

/** Two groups that elect, write and believe correctly, side by side; then the body. */
function twoGroups(body: (model: RunModel) => void = () => undefined): Evidence {
  const model = new RunModel([CARELESS, CAREFUL]);
  for (const info of model.groups) model.makeZnodes(info);
  model.open();
  for (const { name, electionPath } of model.groups) {
    const speaker = who(name, "c1");
    const session = model.connect(speaker);
    const token = model.elect(speaker, session, `${electionPath}/_c_1-latch-0000000001`);
    const path = `/run/${name}/guarded/state`;
    model.write(speaker, "c1#1:1", { session, path, token });
  }
  body(model);
  model.probe();
  return model.seal().evidence();
}

function verdicts(evidence: Evidence): Record<string, string> {
  const { report } = audit(evidence);
  const groups = report.groups.map(({ group: name, verdict }) => [name, verdict] as const);
  return { run: report.verdict, ...Object.fromEntries(groups) };
}

const withProblem = (problem: EvidenceProblem): Evidence => ({
  ...twoGroups(),
  problems: [problem],
});

const ineffective = (model: RunModel, resolved: string): void => {
  const fault = { injection: "f1", fault: "pause", target: "leader", resolved: [resolved] };
  for (const phase of ["armed", "ineffective"] as const)
    model.event({ type: "fault", at: model.nowMs * 1e6, phase, ...fault });
};

const OF_ONE: Readonly<Record<string, Evidence>> = {
  "a wrong hello": withProblem({ says: "careless/c1#1 promises too much", groups: ["careless"] }),
  "lines out of sequence": twoGroups((model) => {
    const line = { type: "ping", state: "sent", seq: 1, at: "0", session: "0x1" } as const;
    const at = model.nowMs * 1e6;
    model.event({ type: "contender", at, incarnation: who("careless", "c1"), line });
  }),
  "a session that two of its contenders claim": twoGroups((model) => {
    const id = formatSession(model.connect(who("careless", "c2")));
    const line = { type: "session", id, role: "both", state: "connected" } as const;
    model.say(who("careless", "c3"), line);
  }),
  "a fault on its contender that took no effect": twoGroups((model) =>
    ineffective(model, who("careless", "c1")),
  ),
};

const OF_ALL: Readonly<Record<string, Evidence>> = {
  "a file that could not be read": withProblem({ says: "history.jsonl: 1 unreadable line(s): 7" }),
  "a fault on a server that took no effect": twoGroups((model) => ineffective(model, "zk1")),
  "a record that no server logged": (() => {
    const evidence = twoGroups();
    const lost = evidence.servers[0]?.files[0]?.records.findLast(
      ({ type }) => type === "createSession",
    );
    return lost === undefined ? evidence : onServers(evidence, undefined, without(lost.zxid));
  })(),
};

describe("a doubt about one contender", () => {
  it("is none without cause", () => {
    expect(verdicts(twoGroups())).toEqual({ run: "holds", careless: "holds", careful: "holds" });
  });

  it.each(Object.entries(OF_ONE))(
    "%s: its own group is unknown, the other holds",
    (_, evidence) => {
      const told = { run: "unknown", careless: "unknown", careful: "holds" };
      expect(verdicts(evidence)).toEqual(told);
    },
  );

  it.each(Object.entries(OF_ALL))("%s: every group is unknown", (_, evidence) => {
    expect(verdicts(evidence)).toMatchObject({ careless: "unknown", careful: "unknown" });
  });
});

describe("helloProblems", () => {
  it("names the group of whoever spoke without a fitting hello", () => {
    const { run, history } = twoGroups();
    const found = helloProblems(run, history);
    expect(found.map(({ groups }) => groups)).toEqual([["careless"], ["careful"]]);
    expect(found[0]?.says).toBe("careless/c1#1 speaks without a valid hello");
  });
});
