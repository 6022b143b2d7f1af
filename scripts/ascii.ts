/** Writes other letters than ASCII as escapes: one of them in a file makes Node keep and compile all of it at two bytes a letter. */
import type { Rolldown } from 'tsdown';

export function ascii(): Rolldown.Plugin {
  return {
    name: 'ascii',
    // after the minifier, which would write the letters themselves
    generateBundle(_, files) {
      for (const file of Object.values(files)) if (file.type === 'chunk') file.code = escaped(file.code);
    },
  };
}

/** In strings, templates and patterns, where letters like these stand, an escape is the letter. */
function escaped(code: string): string {
  return code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
