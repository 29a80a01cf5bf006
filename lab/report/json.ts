/**
 * The JSON files that the lab writes (audit.json): keys in the order given, two spaces, a newline at
 * the end, so that the same value is the same bytes. What JSON would silently change is refused.
 */

/** Throws (a bug in zklab, exit 70) where the value holds something that JSON cannot keep as it is. */
export function toJson(value: unknown): string {
  refuseUnfit(value, "$");
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/**
 * `undefined` in an object is let through (the key is left out, as for an optional one), but not in an
 * array or at the top, where it would become null or nothing.
 */
function refuseUnfit(value: unknown, at: string): void {
  const kind = typeof value;
  if (kind === "bigint") {
    refuse(`a bigint at ${at}: format it as text first (formatZxid, formatSession)`);
  }
  if (kind === "undefined" || kind === "function" || kind === "symbol") {
    refuse(`${kind} value at ${at}: JSON has no such value`);
  }
  if (kind === "number" && !Number.isFinite(value)) {
    refuse(`${String(value)} at ${at}: JSON would make it null`);
  }
  if (typeof value === "object" && value !== null) refuseUnfitIn(value, at);
}

function refuseUnfitIn(value: object, at: string): void {
  if (Array.isArray(value)) {
    for (const [index, element] of value.entries()) refuseUnfit(element, `${at}[${index}]`);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    // A Map or a Set would become {}, a Uint8Array an object of indexes.
    refuse(`a ${value.constructor.name} at ${at}: only plain objects and arrays are written`);
  }
  for (const [key, element] of Object.entries(value)) {
    if (element !== undefined) refuseUnfit(element, `${at}.${key}`);
  }
}

function refuse(what: string): never {
  throw new Error(`bug in zklab: cannot write JSON: ${what}`);
}
