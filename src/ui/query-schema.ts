/** The lines of `--queries`, in and out, as TypeBox schemas: schema/query.json, schema/answer.json and docs/output.md are written from them. */
import { Type } from 'typebox';
import { DiagnoseResultSchema } from './json-schema.ts';

const id = Type.Optional(
  Type.Union([Type.String(), Type.Number()], { description: 'Your own mark, which the answer has as well.' }),
);
const text = (description: string) => Type.String({ minLength: 1, description });

/** One question. */
export const QuerySchema = Type.Object(
  {
    src: text('Where the packet starts, as `--src`.'),
    dst: text('Where it goes, as `--dst`.'),
    port: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 1, maximum: 65_535 })], {
        description: 'Destination port, or the name of a service’s port.',
      }),
    ),
    protocol: Type.Optional(
      Type.Enum(['tcp', 'udp', 'icmp', 'sctp'], { description: 'Protocol of the packet; tcp where absent.' }),
    ),
    namespace: Type.Optional(text('Namespace of names that do not say one.')),
    family: Type.Optional(Type.Enum([4, 6], { description: 'Address family, where both ends have both.' })),
    size: Type.Optional(
      Type.Integer({ minimum: 28, maximum: 65_535, description: 'Size of the IP packet, as `--size`.' }),
    ),
    via: Type.Optional(text('Node at which traffic from outside comes in.')),
    id,
  },
  { additionalProperties: false, description: 'One question.' },
);

/** What stands in the place of an answer that could not be given. */
export const UnansweredSchema = Type.Object(
  {
    line: Type.Integer({ minimum: 1, description: 'Line of the question, blank ones counted.' }),
    error: Type.String({ description: 'Why it could not be answered.' }),
    id,
  },
  { description: 'What stands in the place of an answer that could not be given.' },
);

/** One line of the output: a result, or why there is none. */
export const AnswerSchema = Type.Union([
  Type.Object({ ...DiagnoseResultSchema.properties, id }, { description: 'The result of one diagnosis.' }),
  UnansweredSchema,
]);
