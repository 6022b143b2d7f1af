/** Reads a flag's value from a container's command line, as Go programs take it. */

/** `--name value`, `--name=value`, `-name=value`; an empty text for a flag without a value. Undefined where it is absent. */
export function commandFlag(command: readonly string[], name: string): string | undefined {
  // `sh -c "kube-proxy --flag=x"` has everything in one word.
  const words = command.flatMap((word) => (word.includes(' ') ? word.split(/\s+/) : [word]));
  for (const [i, word] of words.entries()) {
    const match = /^--?([A-Za-z][\w-]*)(?:=(.*))?$/s.exec(word);
    if (match === null || match[1] !== name) continue;
    if (match[2] !== undefined) return match[2];
    const next = words[i + 1];
    return next === undefined || next.startsWith('-') ? '' : next;
  }
  return undefined;
}

/** A boolean flag; undefined where it is absent. A boolean flag never takes the next word. */
export function commandSwitch(command: readonly string[], name: string): boolean | undefined {
  const value = commandFlag(command, name);
  return value === undefined ? undefined : !/^(0|f|F|false|FALSE|False)$/.test(value);
}
