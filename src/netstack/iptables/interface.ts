/** Interface names in rules: exact, or a prefix that ends in `+`. */

export type InterfaceTest = (name: string) => boolean;

export function interfaceTest(pattern: string): InterfaceTest {
  if (!pattern.endsWith('+')) return (name) => name === pattern;
  const prefix = pattern.slice(0, -1);
  return (name) => name.startsWith(prefix);
}
