/** The innermost folder on the way to a path, itself included, that an ordinary user can't enter. */
export function hiddenFolder(path: string): string | undefined;
