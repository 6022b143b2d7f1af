/** The completion scripts in the shells themselves: what Tab makes of a line is what is then run. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPLETION_SCRIPTS, type Shell } from '../../src/cmd/completion/scripts.ts';

const MAIN = join(import.meta.dirname, '../../src/cmd/main.ts');
const TSX = import.meta.resolve('tsx');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'skoop-completion-'));
  mkdirSync(join(folder, 'bin'));
  const program = join(folder, 'bin/skoop');
  // No cluster is asked: completions of names are none.
  writeFileSync(
    program,
    `#!/bin/sh\n[ "$1" = __complete ] || { echo "ran: $*"; exit; }\nexec "${process.execPath}" --import "${TSX}" "${MAIN}" "$@"\n`,
  );
  chmodSync(program, 0o755);
  mkdirSync(join(folder, 'site'));
  for (const [file, shell] of [
    ['skoop.bash', 'bash'],
    ['site/_skoop', 'zsh'],
    ['skoop.fish', 'fish'],
  ] as const)
    writeFileSync(join(folder, file), COMPLETION_SCRIPTS[shell]);
  writeFileSync(join(folder, 'incident-7.skoop'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(argv: readonly string[], input = ''): string {
  const [program = '', ...words] = argv;
  const { stdout } = spawnSync(program, words, {
    cwd: folder,
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: { PATH: `${folder}/bin:${process.env['PATH']}`, HOME: folder, TERM: 'dumb', KUBECONFIG: join(folder, 'none') },
  });
  return stdout;
}

/** `npm test` installs them where it is root on Debian; elsewhere a shell that is not there is not tried. */
const hasTool = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** What is typed, and what is run then. */
const LINES = [
  ['skoop ag\tun\t\n', 'ran: agent uninstall'],
  ['skoop --form\tjs\t\n', 'ran: --format json'],
  ['skoop --save-bundle inc\t\n', 'ran: --save-bundle incident-7.skoop'],
] as const;

describe.each<[shell: Shell, argv: string, prepare: string]>([
  ['bash', 'bash --norc --noprofile -i', '. ./skoop.bash\n'],
  ['zsh', 'zsh -f -i', 'fpath=($PWD/site $fpath); autoload -U compinit; compinit -u -D\n'],
])('in %s', (shell, argv, prepare) => {
  it('Tab puts in what is meant', { timeout: 60_000 }, (context) => {
    for (const tool of [shell, 'script']) if (!hasTool(tool)) context.skip(`needs the tool ${tool}`);
    const typed = `${prepare}${LINES.map(([line]) => line).join('')}exit\n`;
    const shown = run(['script', '-qec', argv, '/dev/null'], typed);
    expect(shown.match(/^ran: .*?(?= ?\r?$)/gm)).toEqual(LINES.map(([, ran]) => ran));
  });
});

describe('in fish', () => {
  it.for([
    ['skoop ag', ['agent']],
    ['skoop agent un', ['uninstall']],
    ['skoop --format ', ['d2', 'json', 'svg', 'text']],
    ['skoop --save-bundle inc', ['incident-7.skoop']],
  ] as const)('%s may be ended by %j', { timeout: 60_000 }, ([line, expected], context) => {
    if (!hasTool('fish')) context.skip('needs the tool fish');
    const listed = run(['fish', '--no-config', '-c', `source skoop.fish; complete -C '${line}'`]);
    expect(listed.trim().split('\n').sort()).toEqual(expected);
  });
});
