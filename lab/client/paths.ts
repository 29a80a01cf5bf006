/** Znode paths: which are legal (PathUtils.validatePath), and how a chroot is put on and taken off. */

/** What is wrong with a path, or undefined. A sequential node's path may end in a slash. */
export function pathProblem(
  path: string,
  kind: "whole" | "sequential" = "whole",
): string | undefined {
  const checked = kind === "sequential" ? `${path}1` : path;
  if (!checked.startsWith("/")) return `"${path}" does not start with /`;
  if (checked === "/") return undefined;
  if (hasForbiddenCharacter(checked)) return `"${path}" has a character that ZooKeeper refuses`;
  for (const part of checked.slice(1).split("/")) {
    if (part === "") return `"${path}" has an empty name`;
    if (part === "." || part === "..") return `"${path}" has a relative name`;
  }
  return undefined;
}

/** C0 and C1 controls, and what PathUtils refuses besides: surrogates to U+F8FF, from U+FFF0 on. */
function hasForbiddenCharacter(path: string): boolean {
  for (let at = 0; at < path.length; at += 1) {
    const unit = path.charCodeAt(at);
    if (unit <= 0x1f || (unit >= 0x7f && unit <= 0x9f)) return true;
    if ((unit >= 0xd800 && unit <= 0xf8ff) || unit >= 0xfff0) return true;
  }
  return false;
}

export function withChroot(chroot: string, path: string): string {
  if (chroot === "") return path;
  return path === "/" ? chroot : chroot + path;
}

/** The client's name for a server's path; a path outside the chroot stays as it is. */
export function withoutChroot(chroot: string, path: string): string {
  if (chroot === "") return path;
  if (path === chroot) return "/";
  return path.startsWith(`${chroot}/`) ? path.slice(chroot.length) : path;
}
