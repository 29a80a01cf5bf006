/** Keeps the timeline within its limits, and says what was left out. */

import { count } from "../words.ts";
import type { ContenderLane, GroupLanes, TimelineLimits } from "./types.ts";

/** Whoever flaps thousands of times is still seen to flap; its first bars stand for the rest. */
const BARS_PER_LANE_MIN = 10;

/** Cuts contenders, bars and refusals, over all groups; adds a sentence to `notices` for each cut. */
export function limited(
  groups: readonly GroupLanes[],
  limits: TimelineLimits,
  notices: string[],
): readonly GroupLanes[] {
  const { contendersDrawnMax, refusalsDrawnMax, barsDrawnMax } = limits;
  const all = groups.reduce((sum, { contenders }) => sum + contenders.length, 0);
  const lanes = Math.min(all, contendersDrawnMax);
  const share = (max: number): number =>
    Math.max(BARS_PER_LANE_MIN, Math.floor(max / Math.max(1, lanes)));
  const left = { bars: 0, refusals: 0 };
  let room = contendersDrawnMax;
  const cut = groups.map((group) => {
    const kept = group.contenders.slice(0, room);
    room -= kept.length;
    return {
      ...group,
      contenders: kept.map((lane) =>
        limitedLane(lane, share(barsDrawnMax), share(refusalsDrawnMax), left),
      ),
    };
  });
  if (all > lanes) {
    const leftOut = count(all - lanes, "contender");
    notices.push(`the first ${lanes} contenders have lanes: ${leftOut} left out`);
  }
  if (left.bars > 0) notices.push(`${count(left.bars, "bar")} left out of the busiest lanes`);
  if (left.refusals > 0) notices.push(`${count(left.refusals, "refused attempt")} left out`);
  return cut;
}

function limitedLane(
  lane: ContenderLane,
  barsMax: number,
  refusalsMax: number,
  left: { bars: number; refusals: number },
): ContenderLane {
  const bars = <T>(spans: readonly T[]): readonly T[] => {
    left.bars += Math.max(0, spans.length - barsMax);
    return spans.slice(0, barsMax);
  };
  left.refusals += Math.max(0, lane.refusals.length - refusalsMax);
  return {
    ...lane,
    alive: bars(lane.alive),
    beliefs: bars(lane.beliefs),
    terms: bars(lane.terms),
    lies: bars(lane.lies),
    afflictions: bars(lane.afflictions),
    held: bars(lane.held),
    refusals: lane.refusals.slice(0, refusalsMax),
  };
}
