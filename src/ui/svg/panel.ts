/** The text above and below the graph: verdict, evidence, findings, what is taken for granted. */
import type { PacketPath } from '../../model/path.ts';
import { findingsInOrder } from '../graph/findings-in-order.ts';
import { remedyOf } from '../findings/remedy.ts';
import { LEVEL_NAMES, noticeSentence, reasonPhrase } from '../graph/phrases.ts';
import { endpointText } from '../text/headline.ts';
import { wrap } from '../text/layout.ts';
import { drawMark } from './draw-graph.ts';
import { element, text } from './element.ts';
import type { TextStyle } from './element.ts';
import { INK, LEVEL_INK, VERDICT_INK, columnWidth, lineHeight } from './theme.ts';

/** Markup that starts at y = 0, and its height. */
export interface Panel {
  readonly markup: string;
  readonly height: number;
}

export function headPanel(path: PacketPath, width: number): Panel {
  const { src, dst, port, protocol } = path.question;
  const column = new Column(width);
  const title = `${path.verdict.toUpperCase()}${path.reason === 'ok' ? '' : `: ${reasonPhrase(path)}`}`;
  column.mark(path.verdict, title);
  column.lines(`${endpointText(src)} → ${endpointText(dst)} on ${port === 0 ? protocol : `${protocol}/${port}`}`, {
    size: 14,
    fill: INK.text,
    weight: 600,
  });
  column.gap(4);
  column.lines(path.summary, { size: 12, fill: INK.text });
  column.lines(noticeSentence(path), { size: 12, fill: INK.text });
  return column.panel();
}

export function footPanel(path: PacketPath, width: number): Panel {
  const column = new Column(width);
  if (path.decidedBy.length > 0) column.title(path.verdict === 'reachable' ? 'Decided by' : 'Why');
  for (const { node, evidence } of path.decidedBy.slice(0, 5)) {
    column.lines([...new Set([node, evidence.where ?? evidence.kind])].join(', '), { size: 11, fill: INK.quiet });
    column.lines(evidence.raw, { size: 11, fill: INK.code }, 16);
  }
  const findings = findingsInOrder(path);
  if (findings.length > 0) column.title('Findings');
  for (const finding of findings) {
    column.lines(
      `${LEVEL_NAMES[finding.level]} ${finding.code}${finding.node === undefined ? '' : ` on ${finding.node}`}`,
      { size: 11, fill: LEVEL_INK[finding.level], weight: 600 },
    );
    column.lines(finding.message, { size: 11, fill: INK.text }, 16);
    for (const step of finding.level === 0 && path.verdict !== 'undetermined' ? [] : remedyOf(finding).split('\n')) {
      column.item('→', step.replaceAll('`', ''));
    }
    column.gap(6);
  }
  if (path.assumptions.length > 0) column.title('Taken for granted');
  for (const one of path.assumptions) column.lines(one, { size: 11, fill: INK.quiet });
  return column.panel();
}

/** Lines of text one below the other. */
class Column {
  readonly #width: number;
  readonly #parts: string[] = [];
  #y = 0;

  constructor(width: number) {
    this.#width = width;
  }

  mark(verdict: PacketPath['verdict'], title: string): void {
    this.#y += 26;
    this.#parts.push(
      drawMark({ x: 13, y: this.#y - 7 }, verdict, 13),
      text(34, this.#y, title, { size: 20, fill: VERDICT_INK[verdict], weight: 700 }),
    );
    this.#y += 10;
  }

  title(content: string): void {
    this.#y += this.#y === 0 ? 0 : 10;
    this.lines(content, { size: 12, fill: INK.text, weight: 700 });
    this.#parts.push(element('path', { d: `M0 ${this.#y + 2}H${this.#width}`, stroke: INK.line, fill: 'none' }));
    this.#y += 6;
  }

  lines(content: string, style: TextStyle, indent = 0): void {
    if (content === '') return;
    const room = Math.max(20, Math.floor((this.#width - indent) / columnWidth(style.size)));
    for (const line of wrap(content, room)) {
      this.#y += lineHeight(style.size);
      this.#parts.push(text(indent, this.#y - 3, line, style));
    }
  }

  /** A line with a mark before it; what is wrapped stands below the text, not below the mark. */
  item(mark: string, content: string): void {
    const style = { size: 11, fill: INK.quiet };
    this.#parts.push(text(16, this.#y + lineHeight(style.size) - 3, mark, style));
    this.lines(content, style, 32);
  }

  gap(height: number): void {
    this.#y += height;
  }

  panel(): Panel {
    return { markup: this.#parts.join('\n'), height: this.#y };
  }
}
