/** The published forms of the result's schema: JSON Schema, and a page for people. */
import { DiagnoseResultSchema, RESULT_SCHEMA } from './json-schema.ts';
import { AnswerSchema, QuerySchema, UnansweredSchema } from './query-schema.ts';

/** As much of JSON Schema as the result's schema uses. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
}

export function resultSchema(): unknown {
  return published(`skoop result, version ${RESULT_SCHEMA}`, DiagnoseResultSchema);
}

/** A line that `--queries` reads. */
export function querySchema(): unknown {
  return published('skoop query', QuerySchema);
}

/** A line that `--queries` prints. */
export function answerSchema(): unknown {
  return published(`skoop answer to a query, version ${RESULT_SCHEMA}`, AnswerSchema);
}

/** JSON Schema, draft 2020-12. */
function published(title: string, schema: object): unknown {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title,
    ...(JSON.parse(JSON.stringify(schema)) as object),
  };
}

export function outputPage(): string {
  return `# Output

\`skoop -s A -d B -p PORT\` prints text for people. \`--format json\`, \`d2\` or \`svg\` writes the result to a file (\`output.json\` and so on, or \`--output FILE\`; \`--output -\` is standard output and nothing else is printed there). \`skoop --queries FILE\` prints one answer a line, see [below](#many-questions).

## JSON

The shape is KubeSkoop's DiagnoseSummary (\`cluster\`, \`nodes\`, \`links\`), so that tools made for it read it unchanged; all other fields are additions. \`schema\` is the version of the additions: fields may be added within a version, a change of meaning or a removal is a new one. [schema/result.json](../schema/result.json) is the same as JSON Schema; the package exports it as \`skoop/schema/result.json\`.

How to read it:

- \`verdict\`, \`reason\` and \`summary\` are the answer; \`decidedBy\` is what it rests on, with the raw rule, route or setting.
- \`branches\` are the ways that the packet may take. Branches that differ by a fork with the cause \`choice\` all happen, in the shares given; of those that differ by \`ignorance\` one is true, and it is not known which.
- \`nodes\` and \`links\` are the graph of the way there, of all branches together. A packet that is stopped has them up to there, and a suspicion of level 3 on the node that stops it.
- \`replyLinks\` and \`branches[].reply\` are the way back.

An optional field is marked with \`?\`.

${fieldTables(DiagnoseResultSchema, 'The result', '').join('\n')}
## Many questions

\`skoop --queries FILE\` (\`-\` is standard input) reads one question a line as JSON and prints one answer a line, in order and as it goes; blank lines are passed over. An answer is a result as above, with the question's \`id\` where it has one. A line that can't be answered has one that says why, and the rest goes on. Exit code 3 says that not one line could be answered; with \`--exit-code\` it is the worst verdict's, and 3 where any line could not be answered. The forms are [schema/query.json](../schema/query.json) and [schema/answer.json](../schema/answer.json).

${[...fieldTables(QuerySchema, 'A question', ''), ...fieldTables(UnansweredSchema, 'A line that could not be answered', '')].join('\n')}
## d2 and svg

Both draw the same graph: nodes and links of the way there, the verdict, where the packet stops (marked with a cross), the suspicions by node, and the way back where it is lost or another. Branches that look the same are drawn once, with their number and share.
`;
}

/** One table for an object, then those of the objects inside it, in order. */
function fieldTables(node: SchemaNode, title: string, path: string): string[] {
  const rows = Object.entries(node.properties ?? {}).map(([name, field]) => {
    const isOptional = !(node.required ?? []).includes(name);
    return `| \`${name}\`${isOptional ? '?' : ''} | ${typeText(field)} | ${(field.description ?? field.items?.description ?? '').replaceAll('|', '\\|')} |`;
  });
  const here = `### ${title}\n\n| field | type | |\n|---|---|---|\n${rows.join('\n')}\n`;
  const inside = Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
    objectsIn(field, path === '' ? name : `${path}.${name}`),
  );
  return [
    here,
    ...inside.filter(({ at }) => isFirst(at)).flatMap(({ object, at }) => fieldTables(object, `\`${at}\``, at)),
  ];
}

/** Evidence, suspicions and packets stand in many places and are the same everywhere; each is shown where it comes first. */
function isFirst(at: string): boolean {
  const last = at.split('.').at(-1)!.replace(/\[.*/, '');
  const shared: Readonly<Record<string, string>> = {
    evidence: 'decidedBy[].evidence',
    suspicions: 'cluster.suspicions[]',
    packet: 'links[].packet',
    inner: 'links[].packet.inner',
    dst: 'none: as src',
    reply: 'none: as forward',
    established: 'none: as forward',
    replyLinks: 'none: as links',
  };
  return shared[last] === undefined || shared[last] === at;
}

function objectsIn(field: SchemaNode, at: string): { readonly object: SchemaNode; readonly at: string }[] {
  if (field.anyOf !== undefined) return field.anyOf.flatMap((option) => objectsIn(option, `${at}${kindOf(option)}`));
  if (field.items !== undefined) return objectsIn(field.items, `${at}[]`);
  const [values] = Object.values(field.patternProperties ?? {});
  if (values !== undefined) return objectsIn(values, `${at}[id]`);
  return field.properties === undefined ? [] : [{ object: field, at }];
}

/** Tells the options of a union apart by their `kind`. */
function kindOf({ properties }: SchemaNode): string {
  const kind = properties?.['kind']?.const;
  return typeof kind === 'string' ? `(${kind})` : '';
}

function typeText(field: SchemaNode): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.anyOf !== undefined) return [...new Set(field.anyOf.map(typeText))].join(', ');
  if (field.items !== undefined) return `list of ${typeText(field.items)}`;
  return field.patternProperties === undefined ? (field.type ?? '') : 'object by key';
}
