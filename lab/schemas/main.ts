/** `npm run schema`: writes the published schemas where the package has them. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../package-root.ts";
import { publishedSchemas } from "./published.ts";

for (const [path, schema] of Object.entries(publishedSchemas())) {
  writeFileSync(join(packageRoot(), path), `${JSON.stringify(schema, undefined, 2)}\n`);
  process.stdout.write(`${path}\n`);
}
