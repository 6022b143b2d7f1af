/** Which of a dump's sections IPVS is read from: the kernel's own list first, the tool's for what that does not tell. */
import type { Section, SectionName } from '../../model/dump.ts';
import type { Parsed } from '../state.ts';
import { withKubeProxysFlags, withToolsFlags } from './merge.ts';
import { parseProcIpvs } from './parse-proc.ts';
import { parseIpvsSave } from './parse-save.ts';
import { parseTemplates } from './parse-templates.ts';
import { NO_IPVS, type Ipvs } from './types.ts';

/** Throws SectionError where a section that is needed can not be read. */
export function readIpvs(section: (name: SectionName) => Section | undefined, isKubeProxys: boolean): Parsed<Ipvs> {
  const listed = section('ipvs');
  const saved = section('ipvs-save');
  if (listed === undefined && saved === undefined) return { ok: true, value: NO_IPVS };
  const [first, name] = listed === undefined ? [saved!, 'ipvs-save'] : [listed, 'ipvs'];
  if (first.exitCode !== 0)
    return { ok: false, missing: { section: name, reason: `\`${first.command}\`: exit code ${first.exitCode}` } };
  const templates = section('ipvs-templates');
  const value = {
    isOrdered: listed !== undefined,
    templates: templates?.exitCode === 0 ? parseTemplates(templates.stdout) : undefined,
  };
  if (listed === undefined) return { ok: true, value: { ...value, services: parseIpvsSave(saved!.stdout) } };
  const services = parseProcIpvs(listed.stdout);
  if (saved?.exitCode === 0)
    return { ok: true, value: { ...value, services: withToolsFlags(services, parseIpvsSave(saved.stdout)) } };
  return { ok: true, value: { ...value, services: isKubeProxys ? withKubeProxysFlags(services) : services } };
}
