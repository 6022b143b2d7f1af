/** Where bytes stop being UTF-8. */

/** Offset and 1-based line of the first byte that is no UTF-8; for data that is known to have one. */
export function firstInvalidUtf8(data: Buffer): { readonly offset: number; readonly line: number } {
  let offset = 0;
  let line = 1;
  for (;;) {
    const newline = data.indexOf(10, offset);
    const end = newline < 0 ? data.length : newline + 1;
    const bad = invalidIn(data.subarray(offset, end));
    if (bad >= 0 || newline < 0) return { offset: offset + Math.max(bad, 0), line };
    offset = end;
    line++;
  }
}

function invalidIn(line: Buffer): number {
  const text = line.toString('utf8');
  if (Buffer.byteLength(text) === line.length && !text.includes('\u{fffd}')) return -1;
  // Both are the same up to the first byte that the decoder replaced.
  const again = Buffer.from(text);
  for (let i = 0; i < line.length; i++) if (again[i] !== line[i]) return i;
  return -1;
}
