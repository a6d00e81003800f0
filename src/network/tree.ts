/**
 * Forests of shared prefixes: packets of a batch that begin with the same bytes share the states of those bytes.
 *
 * A hidden state depends on its prefix alone, so computing each distinct prefix once is exact. Headers of one network
 * share MAC addresses, EtherType, version, often more.
 */
import type { Tree } from '../engine/index.ts';
import type { Batch } from '../token/index.ts';

/** A tree whose arrays are reused from batch to batch. */
export interface MutableTree extends Tree {
  levels: number;
  nodes: number;
  sequences: number;
}

function createTree(sequences: number, steps: number): MutableTree {
  const nodes = sequences * steps;
  const words = (n: number): Uint32Array => new Uint32Array(n);
  return {
    levels: 0,
    nodes: 0,
    sequences: 0,
    levelStart: words(steps + 1),
    parent: words(nodes),
    childStart: words(nodes + 1),
    input: words(nodes),
    order: words(sequences),
    leaf: words(sequences),
    length: words(sequences),
    first: words(nodes),
    last: words(nodes),
  };
}

/**
 * A builder of prefix trees for the packets of batches of up to `capacity` sessions.
 *
 * Sequences are the real packets, sessions ascending, then packets ascending; `input` is the token.
 */
export function packetTrees(capacity: number, maxPackets: number, maxTokens: number, vocabulary: number) {
  const most = capacity * maxPackets;
  const tree = createTree(most, maxTokens);
  const base = new Uint32Array(most); // where the tokens of a sequence start
  const lengths = new Uint32Array(most);
  const moved = new Uint32Array(most);
  const slotOf = new Uint32Array(vocabulary);
  const stamp = new Uint32Array(vocabulary);
  const tokenOf = new Uint32Array(vocabulary);
  const places = new Uint32Array(vocabulary);
  let stamps = 0;

  function build(batch: Batch): Tree {
    let sequences = 0;
    let levels = 0;
    for (let b = 0; b < batch.size; b++) {
      for (let p = 0; p < batch.packets[b]!; p++) {
        const row = b * batch.maxPackets + p;
        const n = batch.lengths[row]!;
        base[sequences] = row * batch.maxTokens;
        lengths[sequences] = n;
        tree.order[sequences] = sequences++;
        if (n > levels) levels = n;
      }
    }
    tree.sequences = sequences;
    tree.levels = levels;
    tree.levelStart[0] = 0;
    let next = grow(0, sequences, 0, 0, batch.tokens, -1);
    tree.levelStart[1] = next;
    for (let level = 1; level <= levels; level++) {
      const end = tree.levelStart[level]!;
      for (let node = tree.levelStart[level - 1]!; node < end; node++) {
        tree.childStart[node] = next;
        next = grow(tree.first[node]!, tree.last[node]!, level, next, batch.tokens, node);
      }
      if (level < levels) tree.levelStart[level + 1] = next;
    }
    tree.nodes = next;
    tree.childStart[next] = next;
    return tree;
  }

  /**
   * Makes the children of a node from its places: those that end here come first, then the children in the order in
   * which their tokens appear. Returns the next free node.
   */
  function grow(
    from: number,
    to: number,
    level: number,
    node: number,
    tokens: Uint16Array,
    parent: number,
  ): number {
    const { order } = tree;
    if (to - from === 1) {
      const s = order[from]!;
      if (lengths[s]! <= level) return end(from, s, parent, node);
      return child(node, parent, tokens[base[s]! + level]!, from, to);
    }
    stamps++;
    let ended = 0;
    let children = 0;
    for (let i = from; i < to; i++) {
      const s = order[i]!;
      if (lengths[s]! <= level) {
        ended++;
        continue;
      }
      const token = tokens[base[s]! + level]!;
      if (stamp[token] !== stamps) {
        stamp[token] = stamps;
        slotOf[token] = children;
        tokenOf[children] = token;
        places[children++] = 0;
      }
      const slot = slotOf[token]!;
      places[slot] = places[slot]! + 1;
    }
    if (children === 1 && ended === 0) return child(node, parent, tokenOf[0]!, from, to);
    let place = from + ended;
    for (let c = 0; c < children; c++) {
      const count = places[c]!;
      child(node + c, parent, tokenOf[c]!, place, place + count);
      places[c] = place;
      place += count;
    }
    let done = from;
    for (let i = from; i < to; i++) moved[i] = order[i]!;
    for (let i = from; i < to; i++) {
      const s = moved[i]!;
      if (lengths[s]! <= level) {
        order[done] = s;
        end(done++, s, parent, node);
      } else {
        const slot = slotOf[tokens[base[s]! + level]!]!;
        order[places[slot]!] = s;
        places[slot] = places[slot]! + 1;
      }
    }
    return node + children;
  }

  function child(node: number, parent: number, token: number, from: number, to: number): number {
    tree.parent[node] = parent < 0 ? 0 : parent;
    tree.input[node] = token;
    tree.first[node] = from;
    tree.last[node] = to;
    return node + 1;
  }

  function end(place: number, sequence: number, node: number, next: number): number {
    tree.leaf[place] = node;
    tree.length[place] = lengths[sequence]!;
    return next;
  }

  return { tree, build };
}

/**
 * A builder of the forests of sessions: one path a session, one node a packet; `input` is the number of the packet
 * among the batch's real packets.
 */
export function sessionTrees(capacity: number, maxPackets: number) {
  const tree = createTree(capacity, maxPackets);
  const node = new Uint32Array(capacity);
  const firstPacket = new Uint32Array(capacity);

  function build(batch: Batch): Tree {
    let packets = 0;
    let levels = 0;
    for (let b = 0; b < batch.size; b++) {
      const n = batch.packets[b]!;
      firstPacket[b] = packets;
      packets += n;
      if (n > levels) levels = n;
      tree.order[b] = b;
      tree.length[b] = n;
    }
    tree.sequences = batch.size;
    tree.levels = levels;
    let next = 0;
    for (let level = 0; level < levels; level++) {
      tree.levelStart[level] = next;
      for (let b = 0; b < batch.size; b++) {
        if (batch.packets[b]! <= level) continue;
        if (level > 0) tree.parent[next] = node[b]!;
        tree.input[next] = firstPacket[b]! + level;
        tree.first[next] = b;
        tree.last[next] = b + 1;
        node[b] = next;
        tree.leaf[b] = next++;
      }
    }
    tree.levelStart[levels] = next;
    tree.nodes = next;
    // Nodes of a level keep the order of their sessions, so a node's child follows its left neighbour's.
    tree.childStart.fill(next, 0, next + 1);
    for (let level = 0; level + 1 < levels; level++) {
      let child = tree.levelStart[level + 1]!;
      for (let n = tree.levelStart[level]!; n < tree.levelStart[level + 1]!; n++) {
        tree.childStart[n] = child;
        if (batch.packets[tree.first[n]!]! > level + 1) child++;
      }
    }
    return tree;
  }

  return { tree, build };
}
