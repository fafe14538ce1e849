import type { Metric } from './calibration';
import { createPauses } from './pauses';

/** A point to be grouped. */
export interface LinkedPoint {
  /** Of the pack's metric: a unit vector for COSINE. */
  readonly vector: Float32Array;
  /** Points of one source are never in one group: faces of one photograph. */
  readonly source: string;
  /** Places of its nearest points, in either direction. */
  readonly neighbours: readonly number[];
}

/** Nearest points of each that are worth comparing: more find hardly another group (docs/benchmarks.md). */
export const LINKED_NEIGHBOURS = 32;

interface Cluster {
  readonly members: number[];
  readonly sum: Float64Array;
  /** Sum of the squared lengths of its vectors. */
  squares: number;
  readonly sources: Set<string>;
  readonly neighbours: Set<number>;
}

interface Link {
  readonly distance: number;
  readonly one: number;
  readonly other: number;
}

/**
 * Groups points by average linkage, nearest groups first, while the mean distance of all pairs of two groups is at most
 * `maxDistance`. Which groups are compared is said by the points' neighbours; their mean distance is exact for COSINE, since the
 * mean of dot products is the dot product of means, and the root of the mean square for EUCLIDEAN. Needs memory for the vectors and
 * links only. The same points in the same order give the same groups.
 * @returns places of the points, group by group, each in order; points that stand alone are groups of one.
 */
export async function linkByAverage(
  points: readonly LinkedPoint[],
  metric: Metric,
  maxDistance: number,
): Promise<number[][]> {
  const clusters: (Cluster | null)[] = points.map(({ vector, source }, at) => ({
    members: [at],
    sum: Float64Array.from(vector),
    squares: vector.reduce((sum, value) => sum + value * value, 0),
    sources: new Set([source]),
    neighbours: new Set(),
  }));
  const links = new LinkHeap();
  const offer = (one: number, other: number): void => {
    const distance = meanDistance(clusters[one]!, clusters[other]!, metric);
    if (distance <= maxDistance) links.push({ distance, one, other });
  };
  const pauseIfLong = createPauses();
  for (const [one, { neighbours }] of points.entries()) {
    for (const other of neighbours) {
      if (other === one || clusters[one]!.neighbours.has(other)) continue;
      clusters[one]!.neighbours.add(other);
      clusters[other]!.neighbours.add(one);
      offer(Math.min(one, other), Math.max(one, other));
    }
    await pauseIfLong();
  }
  for (let link = links.pop(); link; link = links.pop()) {
    const [one, other] = [clusters[link.one], clusters[link.other]];
    // A link of a group that has become another one since is out of date.
    if (!one || !other || !isDisjoint(one.sources, other.sources)) continue;
    const at = clusters.push(joined(one, other, link)) - 1;
    clusters[link.one] = clusters[link.other] = null;
    for (const neighbour of clusters[at]!.neighbours) {
      const { neighbours } = clusters[neighbour]!;
      neighbours.delete(link.one);
      neighbours.delete(link.other);
      neighbours.add(at);
      offer(neighbour, at);
    }
    await pauseIfLong();
  }
  return clusters.flatMap((cluster) => (cluster ? [cluster.members.sort((a, b) => a - b)] : []));
}

function joined(one: Cluster, other: Cluster, link: Link): Cluster {
  const sum = one.sum.slice();
  for (let i = 0; i < sum.length; i += 1) sum[i]! += other.sum[i]!;
  const neighbours = new Set([...one.neighbours, ...other.neighbours]);
  neighbours.delete(link.one);
  neighbours.delete(link.other);
  return {
    members: [...one.members, ...other.members],
    sum,
    squares: one.squares + other.squares,
    sources: new Set([...one.sources, ...other.sources]),
    neighbours,
  };
}

function meanDistance(one: Cluster, other: Cluster, metric: Metric): number {
  let dot = 0;
  for (let i = 0; i < one.sum.length; i += 1) dot += one.sum[i]! * other.sum[i]!;
  const [n, m] = [one.members.length, other.members.length];
  if (metric === 'COSINE') return Math.max(0, 1 - dot / (n * m));
  return Math.sqrt(Math.max(0, one.squares / n + other.squares / m - (2 * dot) / (n * m)));
}

function isDisjoint(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  for (const source of few) if (many.has(source)) return false;
  return true;
}

/** The nearest link first; of equally near ones, that of the earlier points. */
class LinkHeap {
  private readonly links: Link[] = [];

  push(link: Link): void {
    const { links } = this;
    let at = links.push(link) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && isBefore(link, links[parent]!); parent = (at - 1) >> 1) {
      links[at] = links[parent]!;
      at = parent;
    }
    links[at] = link;
  }

  pop(): Link | undefined {
    const { links } = this;
    const first = links[0];
    const last = links.pop();
    if (!last || links.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= links.length) break;
      if (child + 1 < links.length && isBefore(links[child + 1]!, links[child]!)) child += 1;
      if (!isBefore(links[child]!, last)) break;
      links[at] = links[child]!;
      at = child;
    }
    links[at] = last;
    return first;
  }
}

function isBefore(a: Link, b: Link): boolean {
  return a.distance - b.distance < 0 || (a.distance === b.distance && (a.one - b.one || a.other - b.other) < 0);
}
