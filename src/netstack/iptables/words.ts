/** Splits a rule into words, quotes taken off (xtables_save_string, add_param_to_argv). */

/** Words in order. A quoted word may hold spaces and `\"`, `\\`, `\'`. A quote that is not closed takes the rest. */
export function splitWords(text: string): string[] {
  if (!text.includes('"')) return text.split(' ').filter((word) => word !== '');
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    if (text[at] === '"') {
      const [word, next] = quoted(text, at + 1);
      words.push(word);
      at = next;
      continue;
    }
    const end = text.indexOf(' ', at);
    words.push(text.slice(at, end < 0 ? text.length : end));
    at = end < 0 ? text.length : end;
  }
  return words;
}

function quoted(text: string, from: number): [string, number] {
  let word = '';
  let at = from;
  for (; at < text.length && text[at] !== '"'; at++) {
    if (text[at] === '\\') at++;
    word += text[at] ?? '';
  }
  return [word, at + 1];
}
