/** A guest with a kernel that has what this machine's own lacks, and the laboratory's engine inside of it. */
import { guestKernel } from './kernel.ts';
import { bootGuest, type Guest } from './machine.ts';

export { guestEngine } from './engine.ts';
export type { Guest } from './machine.ts';

/** What no command asks the kernel for by itself, though the laboratory needs it; all else is loaded on demand. */
const MODULES = ['br_netfilter'];

/** Downloads the kernel where it is not there yet. */
export async function startGuest(
  options: { readonly results?: string; readonly onDownload?: () => void } = {},
): Promise<Guest> {
  const kernel = await guestKernel(options.onDownload);
  const guest = await bootGuest({ kernel, ...(options.results === undefined ? {} : { results: options.results }) });
  const { code, output } = await guest.run(
    `for one in ${MODULES.join(' ')}; do /usr/lib/guest/busybox modprobe $one; done`,
  );
  if (code !== 0) {
    await guest.close();
    throw new Error(`a module of the guest's kernel could not be loaded: ${output}`);
  }
  return guest;
}
