/** Which folder on the way to a path an ordinary user can't enter. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The innermost one, the path itself included; undefined where everybody can come in. */
export function hiddenFolder(path) {
  const above = dirname(path);
  if ((statSync(path).mode & 0o001) === 0) return path;
  return above === path ? undefined : hiddenFolder(above);
}
