/** The acceptance topics by name; each is loaded only when it is asked for. */

import type { Topic } from "./topic.ts";

export const TOPICS: Readonly<Record<string, () => Promise<Topic>>> = {};
