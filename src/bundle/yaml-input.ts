/** YAML from outside: bounded in size and nesting before the library sees it, whose errors become ours. */
import { isUtf8 } from 'node:buffer';
import { InputError } from '../collector/input-error.ts';
import { lineAt } from '../collector/dump-reader.ts';
import { firstInvalidUtf8 } from '../collector/utf8.ts';

/** The library builds a tree of about a hundred times the text. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_DEPTH = 100;

/** The documents of a file; empty ones are left out. Throws InputError with the line. */
export async function parseYamlDocuments(data: Buffer, file: string): Promise<readonly unknown[]> {
  if (data.length > MAX_BYTES) {
    throw new InputError({ file }, `is YAML of more than ${MAX_BYTES / 1024 / 1024} MiB`, {
      remedy: 'Take the objects with -o json.',
    });
  }
  if (!isUtf8(data)) {
    const { offset, line } = firstInvalidUtf8(data);
    throw new InputError({ file, line }, `is not UTF-8 at byte ${offset + 1}`);
  }
  const nul = data.indexOf(0);
  if (nul >= 0) throw new InputError({ file, line: lineAt(data, nul) }, 'is not text: it has a NUL byte');
  const text = data.toString('utf8');
  refuseDepth(text, file);
  const { parseAllDocuments } = await import('yaml');
  const values: unknown[] = [];
  try {
    for (const document of parseAllDocuments(text, { logLevel: 'error' })) {
      const [error] = document.errors;
      if (error !== undefined)
        throw new InputError(
          { file, line: error.linePos?.[0].line ?? 1 },
          `is not YAML: ${firstSentence(error.message)}`,
        );
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value !== null) values.push(value);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      { file },
      `is not YAML that can be read: ${error instanceof Error ? firstSentence(error.message) : String(error)}`,
      { remedy: 'Take the objects with -o json.', cause: error },
    );
  }
  return values;
}

/** The library recurses; brackets and indentation are what can nest. */
function refuseDepth(text: string, file: string): void {
  let [brackets, line] = [0, 1];
  for (const row of text.split('\n')) {
    const indentation = /^[ \-?:]*/.exec(row)![0].length;
    for (let i = 0; i < row.length; i++) {
      const char = row[i];
      if (char === '[' || char === '{') brackets++;
      else if ((char === ']' || char === '}') && brackets > 0) brackets--;
    }
    // A bracket in a text counts too: certificates and scripts have some, a hundred unclosed ones nobody has.
    if (brackets > 20 * MAX_DEPTH || indentation > 20 * MAX_DEPTH)
      throw new InputError({ file, line }, 'is nested too deeply');
    line++;
  }
}

function firstSentence(message: string): string {
  return message.split('\n', 1)[0]!.replace(/:?\s*$/, '');
}
