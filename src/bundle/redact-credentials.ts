/** Takes credentials out of what `--redact` keeps of a network's own objects and settings: passwords of peers, shared keys, tokens. */
import { isRecord } from './manifest.ts';

const NAME = 'passw(?:or)?d|passphrase|secret|token|psk|credential|(?:private|shared|api|auth|access)[_-]?key';
const CREDENTIAL = new RegExp(NAME, 'i');
/** Their keys are names that the cluster's user chose, and what policies select by. */
const CHOSEN_KEYS = /(?:labels|selector)$/i;

export function isCredential(name: string): boolean {
  return CREDENTIAL.test(name);
}

/** The value without the fields that are named like credentials, at any depth. */
export function withoutCredentials(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutCredentials);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      CHOSEN_KEYS.test(key) ? [[key, inner]] : isCredential(key) ? [] : [[key, withoutCredentials(inner)]],
    ),
  );
}

/** `"PSK": "…"`, `password: …`, `secret = …`. */
const ASSIGNED = new RegExp(
  `("?[\\w.-]*(?:${NAME})[\\w.-]*"?[ \\t]*[:=][ \\t]*)("(?:[^"\\\\\\n]|\\\\.)*"|[^\\s,}]+)`,
  'gi',
);
/** `credentials USER PASSWORD`, as a Corefile has it. */
const DIRECTIVE = new RegExp(`^([ \\t]*(?:${NAME})s?[ \\t]+)(?![:=({])\\S.*$`, 'gim');

/** The same of a text of settings (JSON, YAML, a Corefile), which stays one. */
export function hideCredentials(text: string): string {
  return text
    .replaceAll(
      ASSIGNED,
      (_, name: string, value: string) => `${name}${value.startsWith('"') ? '"(hidden)"' : '(hidden)'}`,
    )
    .replaceAll(DIRECTIVE, '$1(hidden)');
}
