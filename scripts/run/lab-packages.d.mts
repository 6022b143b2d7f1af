export const isRoot: boolean;
export const isLinux: boolean;
/** A command by its name, or any program by its path. */
export function hasTool(name: string): boolean;
