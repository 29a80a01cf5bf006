/** The scenario partition × 20, on the local runtime and in containers, without a word changed. */

import { scenarioTopic } from "./scenario-topic.ts";

const OUTCOME =
  "the leader sends its write into the cut while another leads: raw it goes stale once the cut heals; option 1 is fenced, option 2 refused";

const spec = { scenario: "partition", stale: { naive: 20 }, guarded: ["latch-check", "ephemeral"] };

export const partition = scenarioTopic({
  ...spec,
  name: "partition",
  sentence: `Cut off from the ensemble, ${OUTCOME}`,
});

export const partitionDocker = scenarioTopic({
  ...spec,
  name: "partition-docker",
  sentence: `Cut off from the ensemble in containers, ${OUTCOME}`,
  runtime: "docker",
});
