/** Asks a running cluster: collects what a question needs, and more where that was not enough. */
import { planCollection } from '../../collector/live/index.ts';
import type { Context } from '../../context/context.ts';
import type { PacketPath } from '../../model/path.ts';
import type { Ask, Network } from '../../network/index.ts';
import { openNetwork } from '../../provider/index.ts';
import type { LiveSession } from './session.ts';

/** Walks of one question: the first, one with whole nodes, one with the entries that were found on the way. */
const MOST_WALKS = 3;

export class LiveAsker {
  readonly #session: LiveSession;
  readonly #context: Context;
  #network: Promise<Network> | undefined;

  constructor(session: LiveSession, context: Context) {
    this.#session = session;
    this.#context = context;
  }

  /** Throws what {@link Network.diagnose} throws. */
  async diagnose(ask: Ask): Promise<PacketPath> {
    const { cache, collector } = this.#session;
    if (collector.prepare(planCollection(cache, ask))) this.#network = undefined;
    for (let walks = 1; ; walks++) {
      this.#network ??= openNetwork(this.#session, this.#context);
      const path = await (await this.#network).diagnose(ask);
      const entries = collector.takeEntries();
      if (walks === MOST_WALKS || !(await this.#isWorthAnother(path, entries))) return this.#withEntries(path, entries);
      this.#network = undefined;
    }
  }

  /** Namespaces that were left out may be what is not known; nodes that the walk came to are entries too. */
  async #isWorthAnother(path: PacketPath, entries: readonly string[] | undefined): Promise<boolean> {
    const { collector } = this.#session;
    const isWidened =
      path.verdict === 'undetermined' &&
      (await collector.widen(() => this.#session.say(`not enough yet: ${path.summary}`)));
    return isWidened || (entries !== undefined && collector.nodes().length > entries.length);
  }

  #withEntries(path: PacketPath, entries: readonly string[] | undefined): PacketPath {
    const all = this.#session.cache.nodes.length;
    if (entries === undefined || entries.length >= all) return path;
    const assumption = `what comes from outside comes in by ${entries.join(', ')}: the other ${all - entries.length} of ${all} nodes were not tried (--via NODE names one)`;
    return { ...path, assumptions: [...path.assumptions, assumption] };
  }
}
