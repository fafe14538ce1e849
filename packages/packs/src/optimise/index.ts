import type { Graph } from '../graph';
import { mergeActivations } from './activations';
import { removeIdle } from './idle';
import { spreadPRelu } from './channel-prelu';
import { foldPads } from './pads';
import { foldScales } from './scales';
import { cancelTransposes } from './transposes';
import { dropUnread } from './unread';
import { recognisePRelu } from './written-prelu';

/** Rewrites a graph, in place, into one that gives the same outputs with less work. */
export function optimise(graph: Graph): void {
  removeIdle(graph);
  cancelTransposes(graph);
  foldPads(graph);
  recognisePRelu(graph);
  mergeActivations(graph);
  foldScales(graph);
  spreadPRelu(graph);
  dropUnread(graph);
}
