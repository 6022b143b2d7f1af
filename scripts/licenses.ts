/** Puts the licence of every package that is built into dist/ beside it, as those licences ask for. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { Rolldown } from 'tsdown';

/** Writes `licenses.txt`; fails where a package that is built in brings no licence. */
export function licenses(): Rolldown.Plugin {
  return {
    name: 'licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) =>
        file.type === 'chunk' ? Object.entries(file.modules) : [],
      );
      const folders = new Set(
        modules
          .filter(([, { renderedLength }]) => renderedLength > 0)
          .map(([id]) => packageFolder(id))
          .filter((folder) => folder !== undefined),
      );
      const texts = [...folders].toSorted().map(licenseOf);
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}

function packageFolder(module: string): string | undefined {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0];
}

function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Record<
    string,
    string
  >;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined || !existsSync(`${folder}/${file}`))
    throw new Error(`${name} is built in and brings no licence text`);
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`;
}
