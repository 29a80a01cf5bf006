/** Paths and globs of znodes: `*` within one name, `**` any depth, a leading `!` takes out again. */

/** The parent of a path; "/" for children of the root. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf("/");
  return at <= 0 ? "/" : path.slice(0, at);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A znode's name as it is told: of a GUID eight digits are enough, audit.json has it whole. */
export function shortName(path: string): string {
  return nameOf(path).replace(
    /([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/,
    "$1…",
  );
}

/** A matcher for a list of globs: at least one must match and none that begins with `!`. */
export function globMatcher(globs: readonly string[]): (path: string) => boolean {
  const taken = globs.filter((glob) => !glob.startsWith("!")).map(toPattern);
  const excluded = globs
    .filter((glob) => glob.startsWith("!"))
    .map((glob) => toPattern(glob.slice(1)));
  return (path) =>
    taken.some((pattern) => pattern.test(path)) && !excluded.some((pattern) => pattern.test(path));
}

/** `/a/**` matches what is below /a, not /a itself; `**` inside a name is any text, slashes included. */
function toPattern(glob: string): RegExp {
  const source = glob
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === "**") return ".*";
      if (part === "*") return "[^/]*";
      return part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    })
    .join("");
  return new RegExp(`^${source}$`, "s");
}
