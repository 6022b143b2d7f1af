/** A tool's JSON list of objects; text that is none counts as one object that says nothing. */
export type Listed = Readonly<Record<string, unknown>>;

export function readList(text: string | undefined): readonly Listed[] {
  if (text === undefined) return [];
  try {
    return entriesOf(JSON.parse(text));
  } catch {
    // Text that is no JSON is the tool's own trouble; that it was there is enough to be careful.
    return [{ unreadable: text.slice(0, 80) }];
  }
}

export function entriesOf(value: unknown): readonly Listed[] {
  return Array.isArray(value)
    ? value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null)
    : [];
}

export function field(entry: Listed, name: string): Listed {
  const value = entry[name];
  return typeof value === 'object' && value !== null ? (value as Listed) : {};
}

/** A text or number of the entry; empty where there is none. */
export function word(entry: Listed, name: string): string {
  const value = entry[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
