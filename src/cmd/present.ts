/** Where an answer goes: text to the console, and the format that was asked for to its file. */
import { assertNever } from '../model/assert-never.ts';
import type { PacketPath } from '../model/path.ts';
import type { CommandInput } from './command.ts';
import { miscFlags, uiFlags } from './flags.ts';
import { wantsColor } from './terminal.ts';
import type { Terminal } from './terminal.ts';
import { writeFileWhole } from './write-file.ts';

type Format = 'text' | 'json' | 'd2' | 'svg';

/**
 * As KubeSkoop does: the path as text on standard output, and with `--format` a file beside it (`output.json` in the
 * working directory unless `--output` says where). `--output -` puts that format on standard output and nothing else.
 */
export async function present(path: PacketPath, { context, terminal }: CommandInput): Promise<void> {
  const ui = context.values(uiFlags);
  const format = ui.format ?? formatOfName(ui.output);
  const color = wantsColor(terminal, context.values(miscFlags).color);
  const text = (isColored: boolean): Promise<string> =>
    renderAsText(path, { color: isColored, width: terminal.width, verbose: ui.verbose });
  if (ui.output === '-' || (format === 'text' && ui.output === undefined)) {
    await terminal.write(format === 'text' ? await text(color) : await renderAs(format, path));
    return;
  }
  const file = ui.output ?? `output.${format}`;
  await writeFileWhole(file, format === 'text' ? await text(false) : await renderAs(format, path));
  if (format !== 'text') await terminal.write(await text(color));
  sayWhere(terminal, file);
}

/** The format that a file's name promises; text where it promises none. */
function formatOfName(file: string | undefined): Format {
  const ending = /\.(json|d2|svg)$/.exec(file ?? '')?.[1];
  return ending === undefined ? 'text' : (ending as Format);
}

async function renderAsText(
  path: PacketPath,
  options: { color: boolean; width: number; verbose: boolean },
): Promise<string> {
  const { renderText } = await import('../ui/text/index.ts');
  return withNewline(renderText(path, options));
}

async function renderAs(format: Exclude<Format, 'text'>, path: PacketPath): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify((await import('../ui/json/index.ts')).toJson(path), undefined, 2)}\n`;
    case 'd2':
      return withNewline((await import('../ui/d2/index.ts')).toD2(path));
    case 'svg':
      return withNewline(await (await import('../ui/svg/index.ts')).toSvg(path));
    default:
      return assertNever(format);
  }
}

function sayWhere(terminal: Terminal, file: string): void {
  terminal.note(`wrote ${file}`);
}

function withNewline(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}
