/** The man page, from the tables that --help is made of. */
import type { Flag } from '../src/context/flags.ts';
import type { Command } from '../src/cmd/command.ts';

export function manPage(root: Command, version: string): string {
  return [
    `.TH SKOOP 1 "" "skoop ${version}" "User Commands"`,
    '.SH NAME',
    'skoop \\- can A reach B on this port in this Kubernetes cluster, and if not, where and why does the packet stop',
    '.SH SYNOPSIS',
    `.B skoop\n${escape(root.usage ?? '')}`,
    ...(root.commands ?? []).flatMap((command) => synopsis(command, 'skoop')),
    '.SH DESCRIPTION',
    'Walks a packet through the network state of the nodes of a running cluster, or of one that was captured in a file, as Linux would. The verdict is',
    '.BR reachable ,\n.B unreachable\nor\n.BR undetermined .',
    'Without',
    '.B \\-\\-bundle',
    'the running cluster of the kubeconfig is asked: collector pods are started on the nodes on the path and removed again.',
    '.SH OPTIONS',
    ...options(root),
    '.SH COMMANDS',
    ...(root.commands ?? []).flatMap((command) => section(command, '')),
    '.SH EXIT STATUS',
    '0 where the diagnosis was completed, whatever it found; 3 where it could not be carried out. With',
    '.BR \\-\\-exit\\-code :',
    '0 reachable, 1 unreachable, 2 undetermined.',
    '.SH ENVIRONMENT',
    '.TP\n.B KUBECONFIG\nkubeconfig files, as for kubectl.',
    '.TP\n.BR NO_COLOR , FORCE_COLOR\nwhether the text is coloured.',
    '.TP\n.BR XDG_CACHE_HOME , NODE_DISABLE_COMPILE_CACHE\nwhere the program keeps its compiled code for the next run (default ~/.cache), and whether it does not.',
    '.SH EXAMPLES',
    ...(root.examples ?? []).flatMap((line) => ['.PP', '.EX', escape(line), '.EE']),
    '',
  ].join('\n');
}

function synopsis(command: Command, before: string): readonly string[] {
  const name = `${before} ${command.name}`;
  if (command.commands !== undefined) return command.commands.flatMap((child) => synopsis(child, name));
  const args = (command.args ?? []).map((word) => (word.isRequired ? word.name : `[${word.name}]`)).join(' ');
  return [`.br\n.B ${escape(name)}\n${escape(`${args} [FLAGS]`.trim())}`];
}

/** Flags of a command that the root does not have are shown with it. */
function section(command: Command, before: string): readonly string[] {
  const name = `${before}${command.name}`;
  if (command.commands !== undefined)
    return [
      `.TP\n.B ${escape(name)}\n${escape(command.summary)}.`,
      ...command.commands.flatMap((child) => section(child, `${name} `)),
    ];
  const own = command.groups
    .filter(({ heading }) => heading === 'Bundle' || heading === 'Collector')
    .flatMap(({ flags }) => Object.entries(flags));
  const flags = own.filter(([, flag]) => flag.isHidden !== true).map(([flag]) => `\\fB${escape(`--${flag}`)}\\fR`);
  return [
    `.TP\n.B ${escape(name)}\n${escape(command.summary)}.${flags.length === 0 ? '' : ` Flags: ${[...new Set(flags)].join(', ')}.`}`,
  ];
}

function options(command: Command): readonly string[] {
  const headings = [...new Set(command.groups.map(({ heading }) => heading))];
  return headings.flatMap((heading) => {
    const shown = command.groups
      .filter((group) => group.heading === heading)
      .flatMap(({ flags }) => Object.entries(flags))
      .filter(([, flag]) => flag.isHidden !== true);
    return shown.length === 0 ? [] : [`.SS ${heading}`, ...shown.map(([name, flag]) => option(name, flag))];
  });
}

function option(name: string, flag: Flag): string {
  const short = flag.short === undefined ? '' : `\\fB\\-${flag.short}\\fR, `;
  const value = flag.type === 'boolean' ? '' : ` \\fI${escape(placeholder(flag))}\\fR`;
  const standard =
    'default' in flag && flag.default !== undefined && flag.default !== false ? ` (default ${flag.default})` : '';
  return `.TP\n${short}\\fB${escape(`--${name}`)}\\fR${value}\n${escape(`${flag.help}${standard}`)}`;
}

function placeholder(flag: Flag): string {
  if (flag.type === 'string' && flag.choices !== undefined) return flag.choices.join('|');
  return flag.placeholder ?? (flag.type === 'duration' ? 'DURATION' : 'VALUE');
}

/** A line that begins with a dot or a quote would be a command. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}
