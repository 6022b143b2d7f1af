/** Reads the lines of /proc/net/ip_vs_conn without a client's port: what persistence remembers (ip_vs_conn_seq_show). */
import { refuseNul, SectionError } from '../parse/section-error.ts';
import { readHexAddress } from './hex-address.ts';
import { PROC_PROTOCOLS } from './parse-proc.ts';
import type { Template } from './types.ts';

const PROTOCOLS: ReadonlyMap<string, number> = new Map([...PROC_PROTOCOLS, ['IP', 0]]);

/** Connections that have a port are passed over. Throws SectionError for a line that is no connection. */
export function parseTemplates(text: string): readonly Template[] {
  refuseNul('ipvs-templates', text);
  const templates: Template[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('Pro ')) continue;
    const template = parseLine(line);
    if (template === undefined)
      throw new SectionError('ipvs-templates', index + 1, `no connection of IPVS: ${line.slice(0, 80)}`);
    if (template !== 'connection') templates.push(template);
  }
  return templates;
}

function parseLine(line: string): Template | 'connection' | undefined {
  const [name = '', from = '', fromPort = '', to = '', toPort = '', server = '', serverPort = ''] = line
    .trim()
    .split(/\s+/);
  const protocol = PROTOCOLS.get(name);
  const [client, virtual, real] = [from, to, server].map(readHexAddress);
  if (client === undefined || virtual === undefined || real === undefined) return undefined;
  if (![fromPort, toPort, serverPort].every((port) => /^[0-9A-F]{4}$/.test(port))) return undefined;
  if (fromPort !== '0000' || protocol === undefined) return 'connection';
  return {
    protocol,
    client,
    virtual,
    virtualPort: Number.parseInt(toPort, 16),
    server: real,
    serverPort: Number.parseInt(serverPort, 16),
    raw: line.trim(),
  };
}
