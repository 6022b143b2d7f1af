/** A result as one HTML page: the drawing, every step below it, and the result's other forms to take away. No script. */
import type { PacketPath } from '../../model/path.ts';
import { escaped } from '../svg/element.ts';
import { INK, MONO } from '../svg/theme.ts';

export interface PageParts {
  readonly path: PacketPath;
  readonly svg: string;
  /** Without colour. */
  readonly text: string;
}

/** The forms that are served beside the page. */
export const DOWNLOADS = [
  { file: 'result.json', title: 'JSON' },
  { file: 'path.svg', title: 'SVG' },
  { file: 'path.d2', title: 'D2' },
] as const;

/** The theme writes it for an attribute. */
const FONT = MONO.replaceAll('&quot;', '"');

export function resultPage({ path, svg, text }: PageParts): string {
  const { question, verdict } = path;
  const title = `${verdict}: ${question.src.id} → ${question.dst.id}`;
  const links = DOWNLOADS.map(({ file, title: name }) => `<a href="${file}">${name}</a>`).join(' · ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · skoop</title>
<style>
body { margin: 0; background: ${INK.paper}; color: ${INK.text}; font: 14px/1.5 ${FONT}; }
header, details { padding: 12px 28px; }
header { border-bottom: 1px solid ${INK.line}; }
main { overflow-x: auto; }
main svg { display: block; }
summary { cursor: pointer; }
pre { overflow-x: auto; font: inherit; }
a { color: inherit; }
</style>
</head>
<body>
<header>skoop · ${links}</header>
<main>
${svg}</main>
<details><summary>Every step, both directions</summary>
<pre>${text.split('\n').map(escaped).join('\n')}</pre>
</details>
</body>
</html>
`;
}
