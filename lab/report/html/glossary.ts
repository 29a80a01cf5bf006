/** The words of the field and of the lab, for whoever meets them here first. */

import { html, type Markup } from "./markup.ts";

const WORDS: readonly (readonly [string, string])[] = [
  [
    "contender",
    "one program that campaigns to lead its group; naive/c2#1 is the first start of contender c2 of the group naive",
  ],
  [
    "op",
    "one thing that a contender decided to do; c2#1:11 is the 11th op of c2's first start, and may take several attempts",
  ],
  [
    "zxid",
    "ZooKeeper's number of a transaction, by which it orders all writes of all clients; epoch in the high part, counter in the low one",
  ],
  ["epoch", "the time of one leading server of the ensemble"],
  [
    "session",
    "a client's standing with the ensemble; it expires when the client is silent for the session timeout, and its ephemerals go with it. Its id is a 0x number too, of 16 digits",
  ],
  [
    "znode, ephemeral",
    "a node of ZooKeeper's tree; an ephemeral one is deleted with the session that made it",
  ],
  [
    "term",
    "the time in which one contender's election znode is first, by the committed transactions alone, whoever knows of it",
  ],
  ["token", "what a term is known by: its election znode and the zxid that created it"],
  ["guarded write", "a write to a path that only the leader may write, protected or not"],
  ["stale", "committed although the term that it belongs to was over"],
  ["exposed", "decided while its contender led, and not settled when that term ended"],
  [
    "fenced",
    "refused by the server, since the guard in the write's transaction found the term over",
  ],
  ["settled", "its contender said that no further attempt will follow"],
  ["probe", "the lab's own writer, ten times a second: what it writes places zxids in time"],
  ["opening, sealing write", "the lab's first and last write: the run lies between them"],
  ["ghost", "logged by a server, never committed"],
  [
    "armed, in force, healed",
    "a fault is ordered, is proven to have taken effect, and is proven to be over",
  ],
];

export function glossary(): Markup {
  return html`<details class="glossary"><summary>The words that are used here</summary><dl>${WORDS.map(([word, means]) => html`<div><dt>${word}</dt><dd>${means}</dd></div>`)}</dl></details>`;
}
