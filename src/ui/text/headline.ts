/** The first lines: the verdict with the question, one sentence, and how the client notices. */
import type { Endpoint } from '../../model/endpoint.ts';
import type { PacketPath } from '../../model/path.ts';
import { VERDICT_GLYPHS, noticeSentence, reasonPhrase } from '../graph/phrases.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from './layout.ts';
import type { Pen } from './pen.ts';

const BELOW = { first: '  ', rest: '  ' };

export function headline(path: PacketPath, pen: Pen): string[] {
  const { src, dst, port, protocol } = path.question;
  const to = port === 0 ? protocol : `${protocol}/${port}`;
  const verdict = `${VERDICT_GLYPHS[path.verdict]} ${path.verdict.toUpperCase()}`;
  const why = path.reason === 'ok' ? '' : ` · ${reasonPhrase(path)}`;
  return [
    `${pen.verdict[path.verdict](verdict)}${why}`,
    ...paragraph(`${endpointText(src)} → ${endpointText(dst)} on ${to}`, pen.width, BELOW, pen.bold),
    ...[src.note, dst.note]
      .filter((note) => note !== undefined)
      .flatMap((note) => paragraph(printable(note), pen.width, BELOW, pen.dim)),
    '',
    ...paragraph(printable(path.summary), pen.width, BELOW),
    ...paragraph(noticeSentence(path), pen.width, BELOW).filter((line) => line.trim() !== ''),
    ...(path.probe === undefined ? [] : paragraph(probeSentence(path.probe), pen.width, BELOW)),
  ];
}

function probeSentence({ message, agrees }: NonNullable<PacketPath['probe']>): string {
  const joined = agrees === undefined ? '' : agrees ? ', as simulated' : ', which contradicts the simulation';
  return printable(`Probe: ${message}${joined}.`);
}

/** `shop/web (10.96.245.20)`; an address alone is itself. */
export function endpointText({ type, id, ip }: Endpoint): string {
  const name = id === ip.text ? id : `${printable(id)} (${ip.text})`;
  return type === 'service' ? `service ${name}` : name;
}
