/** Makes text from a capture safe to show: what could steer a terminal or reorder a line is shown as an escape. */

// C0, DEL, C1, zero-width and bidirectional controls, line and paragraph separators, BOM.
// oxlint-disable-next-line no-control-regex
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu;

/** One line; `\n` becomes `\x0a`. */
export function printable(text: string): string {
  return text.replace(HARMFUL, (found) => {
    const code = found.codePointAt(0)!;
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
