/**
 * Shapes of a partition as pure functions: who does not hear whom, a list of directed pairs of names (a
 * grudge, as Jepsen has it). What is not listed is heard. Shapes of the ensemble divide the servers alone
 * and contenders reach both sides, as clients do whose network did not break.
 */

export interface Silence {
  readonly from: string;
  /** Does not hear `from`. */
  readonly to: string;
}

export interface Parties {
  readonly target: string;
  readonly servers: readonly string[];
  readonly contenders: readonly string[];
  /** The server that the target's client is connected to. */
  readonly connected?: string;
}

type Shape = (parties: Parties) => readonly Silence[];

/** From the target's own point of view where it matters: it is on the smaller side, or the bridge. */
export const SHAPES = {
  /** The target and everybody else, in both directions. */
  isolate: ({ target, ...all }) => apart([target], others(everybody(all), target)),
  /** Nobody hears the target, and it hears everybody. */
  "one-way": ({ target, ...all }) => silences([target], others(everybody(all), target)),
  /** The servers in two halves; where their number is odd, the target is in the smaller. */
  halves: ({ target, servers }) => divided(target, servers, Math.floor(servers.length / 2)),
  /** The target on the side that has no quorum, with as many others as such a side can hold. */
  minority: ({ target, servers }) => divided(target, servers, servers.length - majority(servers)),
  /** The target on the side that has the quorum, with no more others than that takes. */
  majority: ({ target, servers }) => divided(target, servers, majority(servers)),
  /** Two halves that meet in the target alone: it hears and is heard by everybody. */
  bridge: ({ target, servers }) => {
    const rest = others(servers, target);
    const half = Math.ceil(rest.length / 2);
    return apart(rest.slice(0, half), rest.slice(half));
  },
  /** Every server hears a majority, itself included, and no two hear the same. */
  "majorities-ring": ({ target, servers }) => ring([target, ...others(servers, target)]),
  /** A contender and all servers. */
  "contender-from-ensemble": ({ target, servers }) => apart([target], servers),
  /** A contender and the one server that its client is connected to. */
  "contender-from-its-server": ({ target, connected }) =>
    connected === undefined ? [] : apart([target], [connected]),
} as const satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as readonly ShapeName[];

/** Shapes that divide the servers: their target is a server. */
const OF_SERVERS: readonly ShapeName[] = [
  "halves",
  "minority",
  "majority",
  "bridge",
  "majorities-ring",
];
const OF_CONTENDERS: readonly ShapeName[] = [
  "contender-from-ensemble",
  "contender-from-its-server",
];

/** Whose node the shape starts from. */
export function targetsOf(shape: ShapeName): readonly ("contender" | "server")[] {
  if (OF_SERVERS.includes(shape)) return ["server"];
  return OF_CONTENDERS.includes(shape) ? ["contender"] : ["contender", "server"];
}

/** Empty where there is nothing to cut, e.g. halves of one server. */
export function grudge(shape: ShapeName, parties: Parties): readonly Silence[] {
  return SHAPES[shape](parties);
}

function everybody({ servers, contenders }: Omit<Parties, "target">): readonly string[] {
  return [...servers, ...contenders];
}

function others(names: readonly string[], target: string): readonly string[] {
  return names.filter((name) => name !== target);
}

function majority(servers: readonly string[]): number {
  return Math.floor(servers.length / 2) + 1;
}

/** The target and the first of the others make up the one side. */
function divided(target: string, servers: readonly string[], size: number): readonly Silence[] {
  const rest = others(servers, target);
  if (size < 1) return [];
  return apart([target, ...rest.slice(0, size - 1)], rest.slice(size - 1));
}

/**
 * In a ring of n, each hears those up to floor(m/2) places before it and as many after it as make up
 * m = majority(n) with itself. An even majority has no middle, so then some silences go one way only.
 */
function ring(names: readonly string[]): readonly Silence[] {
  const size = majority(names);
  const before = Math.floor(size / 2);
  return names.flatMap((to, place) => {
    const heard = new Set(
      Array.from({ length: size }, (_, i) => (place - before + i + names.length) % names.length),
    );
    return names.flatMap((from, i) => (heard.has(i) ? [] : [{ from, to }]));
  });
}

function apart(one: readonly string[], other: readonly string[]): readonly Silence[] {
  return [...silences(one, other), ...silences(other, one)];
}

function silences(from: readonly string[], to: readonly string[]): readonly Silence[] {
  return from.flatMap((each) => to.map((other) => ({ from: each, to: other })));
}
