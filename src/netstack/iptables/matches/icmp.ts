/** -m icmp and -m icmp6 (icmpv6): type and code. */
import { PROTOCOL } from '../../../model/packet.ts';
import type { MatchModule } from '../match.ts';
import { parseNumber } from '../numbers.ts';
import { ICMP_NAMES, ICMPV6_NAMES } from './icmp-names.ts';

export const icmp: MatchModule = ofProtocol(PROTOCOL.icmp, '--icmp-type', ICMP_NAMES);
export const icmp6: MatchModule = ofProtocol(PROTOCOL.icmpv6, '--icmpv6-type', ICMPV6_NAMES);

function ofProtocol(protocol: number, name: string, names: Readonly<Record<string, string>>): MatchModule {
  return {
    options: { [name]: 1 },
    memory: 'header',
    compile(options) {
      const option = options.get(name);
      if (option === undefined) return ({ packet }) => packet.protocol === protocol;
      const text = option.values[0]!;
      const asked = parseType(Object.hasOwn(names, text) ? names[text]! : text);
      if (asked === undefined) return undefined;
      const { type, code } = asked;
      // 255 is `any`, which xt_icmp answers before it looks at the inversion (icmp_type_code_match); icmp6 has no such type.
      if (type === ANY && protocol === PROTOCOL.icmp) return ({ packet }) => packet.protocol === protocol;
      return ({ packet }) => {
        if (packet.protocol !== protocol) return false;
        if (packet.icmpType === undefined) return undefined;
        if (packet.icmpType !== type) return option.isInverted;
        if (code === undefined) return !option.isInverted;
        return packet.icmpCode === undefined ? undefined : (packet.icmpCode === code) !== option.isInverted;
      };
    },
  };
}

const ANY = 255;

/** `8` or `3/1`. */
function parseType(text: string): { readonly type: number; readonly code: number | undefined } | undefined {
  const [typeText, codeText] = text.split('/');
  const type = parseNumber(typeText);
  const code = codeText === undefined ? undefined : parseNumber(codeText);
  if (type === undefined || type > 255 || (codeText !== undefined && (code === undefined || code > 255)))
    return undefined;
  return { type, code };
}
