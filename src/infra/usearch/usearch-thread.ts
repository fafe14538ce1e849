/** Entry of the one thread that owns every index: the engine blocks while it works, and is sound only from one thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { SpaceHost, SpaceNotOpenError } from './space-host';
import type { ThreadMessage, ThreadRequest, ThreadSettings } from './thread-protocol';

const port = parentPort;
if (!port) throw new Error('usearch-thread is started by UsearchVectorIndex only');

const host = new SpaceHost(workerData as ThreadSettings, (warning) => send({ warning }));

function send(message: ThreadMessage, transfer: ArrayBuffer[] = []): void {
  port!.postMessage(message, transfer);
}

async function answer(request: ThreadRequest): Promise<void> {
  try {
    switch (request.call) {
      case 'search': {
        const hits = host.search(request.args.base, request.args.probes, request.args.k);
        const buffers = [hits.counts.buffer, hits.keys.buffer, hits.distances.buffer] as ArrayBuffer[];
        return send({ id: request.id, result: hits }, buffers);
      }
      case 'apply':
        await host.apply(request.args.base, request.args.ops, request.args.watermark);
        return send({ id: request.id, result: undefined });
      case 'load':
        await host.load(request.args.base, request.args.vectors);
        return send({ id: request.id, result: undefined });
      case 'remove':
        await host.remove(request.args.base, request.args.keys);
        return send({ id: request.id, result: undefined });
      case 'listKeys': {
        const page = host.listKeys(request.args.base, request.args.from, request.args.limit);
        return send({ id: request.id, result: page }, [page.keys.buffer]);
      }
      case 'read': {
        const kept = host.read(request.args.base, request.args.keys);
        return send({ id: request.id, result: kept }, [kept.keys.buffer, kept.hash.buffer, kept.check.buffer]);
      }
      case 'durableSeq':
        return send({ id: request.id, result: await host.durableSeq(request.args.space) });
      case 'open':
        return send({ id: request.id, result: await host.open(request.args.space) });
      case 'stats':
        return send({ id: request.id, result: host.stats(request.args.base) });
      case 'reset':
        await host.reset(request.args.space);
        return send({ id: request.id, result: undefined });
      case 'drop':
        await host.drop(request.args.space);
        return send({ id: request.id, result: undefined });
      case 'ping':
        return send({ id: request.id, result: undefined });
      case 'close':
        await host.close();
        send({ id: request.id, result: undefined });
        // No listener and no timer are left, so the thread ends by itself once the answer is out.
        return port!.close();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    send({ id: request.id, error: message, notOpen: error instanceof SpaceNotOpenError });
  }
}

port.on('message', (request: ThreadRequest) => void answer(request));
