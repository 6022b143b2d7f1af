/** A path-compressed binary trie over address blocks: finds the longest block that holds an address, then the next shorter. */
import { bitAt } from '../../model/address.ts';
import type { IP, Prefix } from '../../model/address.ts';

/** A block of the trie. Nodes without a value are branching points only. */
export interface TrieNode<T> {
  /** The block's address in words, host bits cleared. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly length: number;
  value: T | undefined;
  parent: TrieNode<T> | undefined;
  zero: TrieNode<T> | undefined;
  one: TrieNode<T> | undefined;
}

export interface Trie<T> {
  root: TrieNode<T> | undefined;
}

export function createTrie<T>(): Trie<T> {
  return { root: undefined };
}

/** The value of exactly this block, made by `create` where there is none yet. */
export function entryOf<T>(trie: Trie<T>, block: Prefix, create: () => T): T {
  const node = insert(trie, block);
  node.value ??= create();
  return node.value;
}

/** The longest block with a value that holds the address. */
export function longest<T>(trie: Trie<T>, address: IP): TrieNode<T> | undefined {
  let node = trie.root;
  let best: TrieNode<T> | undefined;
  while (node !== undefined && holds(node, address)) {
    if (node.value !== undefined) best = node;
    if (node.length === (address.family === 4 ? 32 : 128)) break;
    node = bitAt(address, node.length) === 0 ? node.zero : node.one;
  }
  return best;
}

/** The next shorter block with a value that holds what this one holds. */
export function shorter<T>(node: TrieNode<T>): TrieNode<T> | undefined {
  let up = node.parent;
  while (up !== undefined && up.value === undefined) up = up.parent;
  return up;
}

function insert<T>(trie: Trie<T>, block: Prefix): TrieNode<T> {
  const { ip, length } = block;
  let parent: TrieNode<T> | undefined;
  let node = trie.root;
  while (node !== undefined) {
    const shared = Math.min(commonBits(node, ip), length);
    if (shared < node.length)
      return shared === length ? insertAbove(trie, node, block) : fork(trie, node, block, shared);
    if (node.length === length) return node;
    parent = node;
    node = bitAt(ip, node.length) === 0 ? node.zero : node.one;
  }
  const leaf = newNode<T>(ip, length);
  attach(trie, parent, leaf);
  return leaf;
}

/** The new block holds `node`. */
function insertAbove<T>(trie: Trie<T>, node: TrieNode<T>, block: Prefix): TrieNode<T> {
  const above = newNode<T>(block.ip, block.length);
  attach(trie, node.parent, above);
  attach(trie, above, node);
  return above;
}

/** The new block and `node` part after `shared` bits. */
function fork<T>(trie: Trie<T>, node: TrieNode<T>, block: Prefix, shared: number): TrieNode<T> {
  const branch = newNode<T>(block.ip, shared);
  const leaf = newNode<T>(block.ip, block.length);
  attach(trie, node.parent, branch);
  attach(trie, branch, node);
  attach(trie, branch, leaf);
  return leaf;
}

function newNode<T>(ip: IP, length: number): TrieNode<T> {
  return {
    a: top(ip.a, length),
    b: top(ip.b, length - 32),
    c: top(ip.c, length - 64),
    d: top(ip.d, length - 96),
    length,
    value: undefined,
    parent: undefined,
    zero: undefined,
    one: undefined,
  };
}

/** The first bits of a word. */
function top(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

function attach<T>(trie: Trie<T>, parent: TrieNode<T> | undefined, node: TrieNode<T>): void {
  node.parent = parent;
  if (parent === undefined) trie.root = node;
  else if (bitOf(node, parent.length) === 0) parent.zero = node;
  else parent.one = node;
}

function bitOf<T>(node: TrieNode<T>, index: number): 0 | 1 {
  const word = index < 32 ? node.a : index < 64 ? node.b : index < 96 ? node.c : node.d;
  return ((word >>> (31 - (index & 31))) & 1) as 0 | 1;
}

function holds<T>(node: TrieNode<T>, address: IP): boolean {
  const { length } = node;
  if (length === 0) return true;
  // A shift by 32 is none, so the full word is compared on its own.
  if (length < 32) return (node.a ^ address.a) >>> (32 - length) === 0;
  if (node.a !== address.a) return false;
  if (length === 32) return true;
  if (length < 64) return (node.b ^ address.b) >>> (64 - length) === 0;
  if (node.b !== address.b) return false;
  if (length === 64) return true;
  if (length < 96) return (node.c ^ address.c) >>> (96 - length) === 0;
  if (node.c !== address.c) return false;
  if (length === 96) return true;
  return length < 128 ? (node.d ^ address.d) >>> (128 - length) === 0 : node.d === address.d;
}

function commonBits<T>(node: TrieNode<T>, address: IP): number {
  if (node.a !== address.a) return Math.clz32(node.a ^ address.a);
  if (node.b !== address.b) return 32 + Math.clz32(node.b ^ address.b);
  if (node.c !== address.c) return 64 + Math.clz32(node.c ^ address.c);
  return 96 + Math.clz32(node.d ^ address.d);
}
