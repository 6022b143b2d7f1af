/** Which tests that a kernel judges use an entry. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Entry } from './parts.ts';

/** Their expectations come from a kernel: counters, `ipset test`, `ip route get`, sockets. */
const JUDGED = [
  { folder: 'test/netstack', file: /(^|\/)kernel[^/]*\.ts$|\/kernel\/[^/]*\.ts$|-rows\.ts$/ },
  { folder: 'test/netstack', file: /macvlan\.test\.ts$/ },
  { folder: 'lab', file: /^(rules|scenarios|fuzz\/mutations)\/.*\.ts$/ },
];

export class Proofs {
  readonly #texts: readonly (readonly [file: string, text: string])[];

  constructor(root: string) {
    const files = JUDGED.flatMap(({ folder, file }) =>
      readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(join(root, folder), join(entry.parentPath, entry.name)))
        .filter((path) => file.test(path))
        .map((path) => `${folder}/${path}`),
    );
    this.#texts = [...new Set(files)].sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]);
  }

  /** Files, from the root of the project, or what the entry itself names. */
  of({ use, among = /./, proofs = [] }: Entry): readonly string[] {
    if (use === undefined) return proofs;
    return this.#texts.filter(([file, text]) => among.test(file) && use.test(text)).map(([file]) => file);
  }
}
