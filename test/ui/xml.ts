/** A strict reader for the XML that we write, so that a test fails where a browser would: no recovery of any kind. */

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: XmlNode[];
  text: string;
}

const TOKEN = /<(\/?)([A-Za-z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;

export function parseXml(source: string): XmlNode {
  // XML 1.0 has no way to write these at all.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(source) || /\p{Cs}/u.test(source)) {
    throw new Error('a character that XML cannot hold');
  }
  const top: XmlNode = { name: '', attributes: {}, children: [], text: '' };
  const open: XmlNode[] = [top];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (match === null) throw new Error(`not well-formed at ${at}: ${source.slice(at, at + 60)}`);
    const [, closing, name, attributes, selfClosing, text] = match;
    const current = open.at(-1)!;
    if (text !== undefined) current.text += unescape(text);
    else if (closing === '/') {
      if (current.name !== name) throw new Error(`</${name}> closes <${current.name}>`);
      open.pop();
    } else {
      const node: XmlNode = { name: name!, attributes: attributesOf(attributes ?? ''), children: [], text: '' };
      current.children.push(node);
      if (selfClosing !== '/') open.push(node);
    }
  }
  if (open.length !== 1 || top.children.length !== 1) throw new Error('not one closed root');
  return top.children[0]!;
}

export function textsOf(node: XmlNode): string[] {
  return [node.text, ...node.children.flatMap(textsOf)].filter((text) => text.trim() !== '');
}

function attributesOf(source: string): Record<string, string> {
  return Object.fromEntries(
    [...source.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescape(value!)]),
  );
}

function unescape(text: string): string {
  if (/&(?!(?:amp|lt|gt|quot);)/.test(text)) throw new Error(`a bare & in ${text}`);
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}
