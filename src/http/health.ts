import { Router } from 'express';

/** A dependency that `/readyz` names. */
export interface Dependency {
  readonly name: string;
  /** Rejects when it cannot serve. */
  readonly check: () => Promise<unknown>;
  /** Whether it can still serve, but not for long. @default false */
  readonly isLow?: () => boolean;
}

const CHECK_TIMEOUT_MS = 2_000;

async function within(check: () => Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([Promise.resolve().then(check), late]);
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `/livez`: the process answers. `/readyz`: each dependency by name, 503 when one fails or the process is draining. Neither
 * says why: that is in the log, and the routes are open to anyone.
 */
export function healthRouter(dependencies: readonly Dependency[], isDraining: () => boolean): Router {
  const router = Router();
  router.get('/livez', (_req, res) => {
    res.json({ status: 'ok' });
  });
  router.get('/readyz', async (_req, res) => {
    const states = await Promise.all(dependencies.map(({ check }) => within(check)));
    const checks = Object.fromEntries(
      dependencies.map(
        ({ name, isLow }, index) => [name, !states[index] ? 'unavailable' : isLow?.() ? 'low' : 'ok'] as const,
      ),
    );
    const status = isDraining() ? 'draining' : states.every(Boolean) ? 'ok' : 'unavailable';
    res.status(status === 'ok' ? 200 : 503).json({ status, checks });
  });
  return router;
}
