/** Interface names in rules: exact, or a prefix that ends in `+`. */

export interface InterfaceCondition {
  /** As printed, with its `+`. */
  readonly pattern: string;
  readonly isPrefix: boolean;
  /** The name or the prefix. */
  readonly name: string;
  readonly isInverted: boolean;
}

export function parseInterface(pattern: string, isInverted: boolean): InterfaceCondition {
  const isPrefix = pattern.endsWith('+');
  return { pattern, isPrefix, name: isPrefix ? pattern.slice(0, -1) : pattern, isInverted };
}

/** A hook without the interface compares with an empty name. */
export function isInterface(condition: InterfaceCondition, name: string | undefined): boolean {
  const { isPrefix, name: asked, isInverted } = condition;
  return (isPrefix ? (name ?? '').startsWith(asked) : (name ?? '') === asked) !== isInverted;
}
