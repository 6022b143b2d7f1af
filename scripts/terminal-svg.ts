/** Draws coloured terminal text as a self-contained SVG. */

const CELL = { width: 7.8, height: 18 };
const MARGIN = 16;

/** Colours of the SGR codes that picocolors writes, on the dark background below. */
const COLORS: Readonly<Record<number, string>> = {
  30: '#6e7681',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  37: '#e6edf3',
  90: '#8b949e',
};
const BACKGROUND = '#0d1117';
const FOREGROUND = '#c9d1d9';

interface Style {
  readonly color: string | undefined;
  readonly isBold: boolean;
  readonly isDim: boolean;
  readonly isInverse: boolean;
}
const PLAIN: Style = { color: undefined, isBold: false, isDim: false, isInverse: false };

export function terminalSvg(text: string, columns: number): string {
  const lines = text.split('\n');
  const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
  const height = lines.length * CELL.height + 2 * MARGIN;
  let style = PLAIN;
  const rows = lines.map((line, row) => {
    const spans: string[] = [];
    let column = 0;
    for (const part of line.split(/(\u001B\[[\d;]*m)/)) {
      const codes = /^\u001B\[([\d;]*)m$/.exec(part)?.[1];
      if (codes !== undefined) style = codes.split(';').reduce((now, code) => applyCode(now, Number(code)), style);
      else if (part !== '') {
        spans.push(
          `<tspan x="${(MARGIN + column * CELL.width).toFixed(1)}"${attributes(style)}>${escape(part)}</tspan>`,
        );
        column += Array.from(part).length;
      }
    }
    return `<text y="${MARGIN + row * CELL.height + 13}">${spans.join('')}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="13" fill="${FOREGROUND}" xml:space="preserve">
${rows.filter((row) => row.includes('tspan')).join('\n')}
</g>
</svg>
`;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 22) return { ...style, isBold: false, isDim: false };
  if (code === 7) return { ...style, isInverse: true };
  if (code === 27) return { ...style, isInverse: false };
  if (code === 39) return { ...style, color: undefined };
  return COLORS[code] === undefined ? style : { ...style, color: COLORS[code] };
}

function attributes({ color, isBold, isDim, isInverse }: Style): string {
  const parts = [
    ...(color === undefined ? [] : [`fill="${color}"`]),
    ...(isBold ? ['font-weight="bold"'] : []),
    ...(isDim ? ['opacity="0.65"'] : []),
    ...(isInverse ? ['text-decoration="underline"'] : []),
  ];
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
