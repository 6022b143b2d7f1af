/**
 * How many columns of a terminal a printable text takes. Names and rules are ASCII nearly always, and the package
 * string-width needs 25 ms to load, a fifth of what a whole diagnosis may take; so this counts by itself, and a test
 * holds it against string-width.
 */

const PLAIN = /^[\u0020-\u007e\u00a0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2713-\u2718]*$/;

export function columns(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

function columnsOf(character: string): 0 | 1 | 2 {
  if (/\p{M}|\p{Cf}/u.test(character)) return 0;
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u.test(character) ? 2 : 1;
}
