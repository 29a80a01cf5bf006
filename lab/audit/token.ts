/**
 * A token names one term of leadership: the czxid and path of the election znode that won it. The path
 * alone does not do: unprotected names come back when their parent is reaped (semantics 11).
 */

import { formatZxid, parseZxid, type Zxid } from "../ids.ts";

export interface Token {
  readonly czxid: Zxid;
  readonly path: string;
}

/** From the contract's text; undefined where the czxid is no zxid. */
export function tokenOf(text: {
  readonly czxid: string;
  readonly path: string;
}): Token | undefined {
  const czxid = parseZxid(text.czxid);
  return czxid === undefined ? undefined : { czxid, path: text.path };
}

/** As it is printed, and as it is used for a key: a path holds no such prefix. */
export function formatToken(token: Token): string {
  return `${formatZxid(token.czxid)} ${token.path}`;
}

export function sameToken(left: Token, right: Token): boolean {
  return left.czxid === right.czxid && left.path === right.path;
}
