/** The page's data block: what the script needs and nothing else. Without the script the page needs none. */

import type { Timeline } from "../timeline/types.ts";
import { dataBlockJson, plain } from "../untrusted.ts";
import { html, type Markup, trusted } from "./markup.ts";

export const PAGE_DATA_SCHEMA = 1;
const TEXT_CHARS_MAX = 120;

export interface PageData {
  readonly schema: typeof PAGE_DATA_SCHEMA;
  readonly fromMs: number;
  readonly toMs: number;
  readonly findings: readonly {
    readonly id: string;
    readonly atMs: number;
    readonly fromMs: number;
    readonly toMs: number;
    readonly keys: readonly string[];
  }[];
  /** Good writes by lane, `[ms, zxid, what]`: they are drawn as one path and have no element each. */
  readonly lanes: readonly {
    readonly contender: string;
    readonly writes: readonly (readonly [number, string, string])[];
  }[];
}

export function pageData({ fromMs, toMs, findings, groups }: Timeline): PageData {
  return {
    schema: PAGE_DATA_SCHEMA,
    fromMs,
    toMs,
    findings: findings.map(({ id, atMs, focus, keys }) => ({ id, atMs, ...focus, keys })),
    lanes: groups
      .flatMap(({ contenders }) => contenders)
      .map(({ contender, writes }) => ({
        contender,
        writes: writes
          .filter(({ judgement }) => judgement === "good")
          .map(({ atMs, zxid, op, path }) => [atMs, zxid, plain(op ?? path, TEXT_CHARS_MAX)]),
      })),
  };
}

export function dataBlock(data: PageData): Markup {
  return html`<script type="application/json" id="zklab-data">${trusted(dataBlockJson(data))}</script>`;
}
