/** Prints a dump as collect.sh does; `readDump(printDump(d))` says the same as `d`. */
import { createHash } from 'node:crypto';
import type { NetNSInfo, NodeNetworkStackDump } from '../model/dump.ts';
import { DUMP_MAGIC, printSectionHeader } from './frame.ts';

/** The nonce comes from the dump itself, so that the same dump is always the same bytes. */
export function printDump(dump: NodeNetworkStackDump): Buffer {
  const nonce = createHash('sha256')
    .update(`${dump.nodeName}\n${dump.collectedAt}\n${dump.netns.length}`)
    .digest('hex')
    .slice(0, 32);
  const out: string[] = [`${DUMP_MAGIC} ${dump.schema} ${nonce}\n`];
  const say = (text: string): void => void out.push(`@${nonce} ${text}\n`);
  say(`node ${dump.nodeName}`);
  say(`collected ${dump.collectedAt}`);
  say(`kernel ${dump.kernel}`);
  const uids = new Map<number, string[]>(dump.netns.map(({ inode }) => [inode, []]));
  for (const { uid, netnsInode } of dump.pods) if (uid !== undefined) uids.get(netnsInode)?.push(uid);
  for (const netns of dump.netns) {
    printNetns(netns, uids.get(netns.inode)!, { say, raw: (text) => void out.push(text) });
  }
  for (const index of dump.outside ?? []) say(`outside ${index}`);
  for (const { inode, names } of dump.notDumped ?? []) {
    if (names.length === 0) say(`not-dumped ${inode}`);
    for (const name of names) say(`not-dumped ${inode} ${name}`);
  }
  say(`eof netns=${dump.netns.length}`);
  return Buffer.from(out.join(''));
}

interface Out {
  readonly say: (text: string) => void;
  readonly raw: (text: string) => void;
}

function printNetns(netns: NetNSInfo, uids: readonly string[], { say, raw }: Out): void {
  say(`netns ${netns.inode} ${netns.isHost ? 'host' : 'other'}`);
  if (netns.isBrief === true) say('brief');
  for (const name of netns.names) say(`name ${name}`);
  for (const uid of uids) say(`uid ${uid}`);
  if (netns.sandbox !== undefined) say(`sandbox ${netns.sandbox}`);
  for (const [name, section] of Object.entries(netns.sections)) {
    const { command, exitCode, stdout, stderr, milliseconds = 0 } = section;
    const [bytesOut, bytesErr] = [Buffer.byteLength(stdout), Buffer.byteLength(stderr)];
    say(
      `section ${printSectionHeader({ names: [name], exitCode, milliseconds, out: bytesOut, err: bytesErr, command })}`,
    );
    raw(`${stdout}${stderr}\n`);
    say(`end ${name}`);
  }
  say(`netns-end ${netns.inode}`);
}
