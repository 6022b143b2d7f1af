/** -m time: dates, time of day, weekdays and days of the month, in UTC (xt_time). */
import type { MatchModule, MatchTest } from '../match.ts';
import type { Option, Options } from '../options.ts';

const DAY = 86_400;
/** In seconds: a verdict is for the moment of the capture, and for as long as it takes to look at it. */
const BEFORE = 60;
const AFTER = 600;

export const time: MatchModule = {
  options: {
    '--datestart': 1,
    '--datestop': 1,
    '--timestart': 1,
    '--timestop': 1,
    '--weekdays': 1,
    '--monthdays': 1,
    '--contiguous': 0,
    '--kerneltz': 0,
    '--localtz': 0,
    '--utc': 0,
  },
  memory: 'flow',
  compile(options): MatchTest | undefined {
    // by the kernel's time zone, which no dump has
    if (options.has('--kerneltz') || options.has('--localtz')) return () => undefined;
    const span = spanOf(options);
    return span === undefined ? undefined : askedOnce(span);
  },
};

interface Span {
  readonly date: readonly [start: number, stop: number];
  readonly daytime: readonly [start: number, stop: number];
  /** 1 is Monday. */
  readonly weekdays: ReadonlySet<number>;
  readonly monthdays: ReadonlySet<number>;
  readonly isContiguous: boolean;
}

/** Every packet that comes to the rule is asked at the same moment. */
function askedOnce(span: Span): MatchTest {
  let last: { readonly now: number | undefined; readonly answer: boolean | undefined } | undefined;
  return ({ input: { env } }) => {
    if (last?.now !== env.now || last === undefined) last = { now: env.now, answer: settled(span, env.now) };
    return last.answer;
  };
}

/** Known only where it is the same all the while. */
function settled(span: Span, now: number | undefined): boolean | undefined {
  if (now === undefined) return undefined;
  const isIn = holds(span, now);
  for (let at = now - BEFORE; at <= now + AFTER; at++) if (holds(span, at) !== isIn) return undefined;
  return isIn;
}

/** time_mt(). */
function holds({ date, daytime, weekdays, monthdays, isContiguous }: Span, stamp: number): boolean {
  if (stamp < date[0] || stamp > date[1]) return false;
  const [start, stop] = daytime;
  const second = stamp % DAY;
  const isOverMidnight = start >= stop;
  if (isOverMidnight ? second < start && second > stop : second < start || second > stop) return false;
  const day = new Date((isOverMidnight && isContiguous && second <= stop ? stamp - DAY : stamp) * 1000);
  return weekdays.has(day.getUTCDay() || 7) && monthdays.has(day.getUTCDate());
}

function spanOf(options: Options): Span | undefined {
  const dates = [dateOf(options.get('--datestart'), 0), dateOf(options.get('--datestop'), 0xffff_ffff)] as const;
  const times = [timeOf(options.get('--timestart'), 0), timeOf(options.get('--timestop'), DAY - 1)] as const;
  const weekdays = daysOf(options.get('--weekdays'), 7, WEEKDAYS);
  const monthdays = daysOf(options.get('--monthdays'), 31, []);
  const [dateStart, dateStop] = dates;
  const [timeStart, timeStop] = times;
  if (dateStart === undefined || dateStop === undefined || timeStart === undefined || timeStop === undefined)
    return undefined;
  if (weekdays === undefined || monthdays === undefined) return undefined;
  const isContiguous = options.has('--contiguous');
  return { date: [dateStart, dateStop], daytime: [timeStart, timeStop], weekdays, monthdays, isContiguous };
}

/** As iptables-save prints it: 2026-11-27T08:00:00. */
function dateOf(option: Option | undefined, absent: number): number | undefined {
  if (option === undefined) return absent;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(option.values[0]!)) return undefined;
  const milliseconds = Date.parse(`${option.values[0]!}Z`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

function timeOf(option: Option | undefined, absent: number): number | undefined {
  if (option === undefined) return absent;
  const [, hours, minutes, seconds = '0'] = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(option.values[0]!) ?? [];
  return hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function daysOf(option: Option | undefined, last: number, names: readonly string[]): ReadonlySet<number> | undefined {
  const all = Array.from({ length: last }, (_, index) => index + 1);
  if (option === undefined) return new Set(all);
  const named = option.values[0]!.split(',').map((word) => names.indexOf(word) + 1 || Number(word));
  if (!named.every((day) => all.includes(day))) return undefined;
  return new Set(all.filter((day) => named.includes(day) !== option.isInverted));
}
