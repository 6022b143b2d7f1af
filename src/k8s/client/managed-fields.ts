/** Reads a list's JSON without its `managedFields`: half of all text, which nobody here reads. */

const BEGIN = Buffer.from(',"managedFields":[');
/** Of the last entry, of the list of them, and of the metadata: they are the last field of ObjectMeta (meta/v1 types.go). */
const END = Buffer.from('}]}');
const [COMMA, BRACE] = [0x2c, 0x7d];

/**
 * A name in them that looks like their end cuts a string in two. What is left is no JSON then (a quote inside a string
 * is escaped), and all of it is parsed.
 */
export function parseList(json: Buffer): unknown {
  try {
    return JSON.parse(withoutManagedFields(json));
  } catch {
    return JSON.parse(json.toString('utf8'));
  }
}

function withoutManagedFields(json: Buffer): string {
  const kept: string[] = [];
  let from = 0;
  for (;;) {
    const begin = json.indexOf(BEGIN, from);
    const end = begin < 0 ? -1 : endOf(json, begin + BEGIN.length);
    if (end < 0) break;
    kept.push(json.toString('utf8', from, begin));
    from = end;
  }
  kept.push(json.toString('utf8', from));
  return kept.join('');
}

/** Where the brace is that ends the metadata. */
function endOf(json: Buffer, from: number): number {
  for (let at = json.indexOf(END, from); at >= 0; at = json.indexOf(END, at + 1)) {
    const next = json[at + END.length];
    if (next === COMMA || next === BRACE) return at + 2;
  }
  return -1;
}
