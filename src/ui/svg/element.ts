/** Writes SVG elements; every text goes through one escape. */
import { printable } from '../graph/printable.ts';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `children` are markup already, as other calls of this and of {@link text} give it. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? round(value) : escaped(value!)}"`)
    .join('');
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** A text node that no capture can break out of. */
export function escaped(text: string): string {
  return printable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle';
}

/** One line of text; `y` is its baseline. Spaces are kept. */
export function text(x: number, y: number, content: string, { size, fill, weight, anchor }: TextStyle): string {
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill,
      'font-weight': weight,
      'text-anchor': anchor === 'middle' ? 'middle' : undefined,
      'xml:space': 'preserve',
    },
    escaped(content),
  );
}

export function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
