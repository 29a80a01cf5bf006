/**
 * The lines of ZooKeeper on which rollovers are counted; 3.4 with the runs that its elections afford, and
 * 3.4.6 since its counter is a plain long.
 */

import { rolloverTopic } from "./rollover.ts";

export const rollover39 = rolloverTopic({ name: "rollover", runs: 20 });
export const rollover38 = rolloverTopic({ name: "rollover-3.8", runs: 20, zookeeper: "3.8.6" });
export const rollover34 = rolloverTopic({ name: "rollover-3.4", runs: 10, zookeeper: "3.4.14" });
export const rolloverLong = rolloverTopic({
  name: "rollover-3.4.6",
  runs: 5,
  zookeeper: "3.4.6",
});
