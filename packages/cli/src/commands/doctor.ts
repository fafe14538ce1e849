import { LikenessError, ModelPacksDocument, ViewerDocument, type ViewerQuery } from '@likeness/client';
import type { Context } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { tableOf } from '../output.ts';

type State = 'ok' | 'look' | 'bad';

interface Finding {
  readonly check: string;
  readonly state: State;
  readonly says: string;
}

const CLOCK_SLACK_MS = 60_000;
const NEARLY_FULL = 0.9;
const TIMEOUT_MS = 5_000;

/** Looks at all that a login depends on and says the mend. Changes nothing. */
export async function doctor(context: Context): Promise<ExitCode> {
  const findings: Finding[] = [];
  const { login } = context;
  findings.push(loginFinding(context));
  const server = await serverFindings(login.url, context.signal);
  findings.push(...server);
  if (server.every(({ state }) => state !== 'bad')) findings.push(...(await keyFindings(context)));
  context.out.answer(findings, () =>
    tableOf(
      ['CHECK', '', 'WHAT IT SAYS'],
      findings.map(({ check, state, says }) => [check, state, says]),
    ),
  );
  if (findings.some(({ state }) => state === 'bad')) return EXIT.FAILED;
  return findings.some(({ state }) => state === 'look') ? EXIT.PARTLY : EXIT.DONE;
}

function loginFinding({ logins, login }: Context): Finding {
  if (logins.isOpenToOthers()) {
    return { check: 'login', state: 'look', says: `Others may read your key. Run: chmod 600 ${logins.path}` };
  }
  const { protocol, hostname } = new URL(login.url);
  if (protocol === 'http:' && !/^(localhost|127\.|\[::1\])/.test(hostname)) {
    return {
      check: 'login',
      state: 'look',
      says: `${login.url} is not encrypted: your key and images can be read on the way.`,
    };
  }
  return { check: 'login', state: 'ok', says: login.url };
}

async function serverFindings(url: string, signal: AbortSignal): Promise<Finding[]> {
  let response: Response;
  let answer: { status?: string; checks?: Record<string, string> };
  try {
    const address = new URL('/readyz', url);
    response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
    answer = (await response.json()) as typeof answer;
  } catch (error) {
    signal.throwIfAborted();
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    const says = `${url} does not answer as a Likeness does (${reason}). Is it running, and is the address right?`;
    return [{ check: 'server', state: 'bad', says }];
  }
  const findings: Finding[] = [
    answer.status === 'ok'
      ? { check: 'server', state: 'ok', says: 'ready' }
      : {
          check: 'server',
          state: 'bad',
          says: `${answer.status ?? response.status}: whoever runs it finds why in its log`,
        },
  ];
  for (const [name, state] of Object.entries(answer.checks ?? {})) {
    if (state === 'low')
      findings.push({ check: name, state: 'look', says: 'little room is left: free some, or new images are refused' });
    else if (state !== 'ok') findings.push({ check: name, state: 'bad', says: `${state}: see the server's log` });
    else findings.push({ check: name, state: 'ok', says: 'ok' });
  }
  return [...findings, clockFinding(response)];
}

function clockFinding(response: Response): Finding {
  const there = Date.parse(response.headers.get('date') ?? '');
  const apart = Math.abs(there - Date.now());
  if (!(apart > CLOCK_SLACK_MS)) return { check: 'clock', state: 'ok', says: 'agrees with the server’s' };
  const says = `is ${Math.round(apart / 1_000)} s off the server’s: addresses of images may seem ended. Set both by NTP.`;
  return { check: 'clock', state: 'look', says };
}

async function keyFindings(context: Context): Promise<Finding[]> {
  const { likeness, signal } = context;
  let viewer: ViewerQuery['viewer'];
  try {
    ({ viewer } = await likeness.request(ViewerDocument, {}, { signal }));
  } catch (error) {
    if (!(error instanceof LikenessError)) throw error;
    return [{ check: 'key', state: 'bad', says: `${error.message} (${error.code}). Run: likeness login` }];
  }
  const { keyName, scopes, tenant, limits, usage } = viewer;
  const findings: Finding[] = [
    { check: 'key', state: 'ok', says: `${keyName} of ${tenant?.name ?? 'the operator'}: ${scopes.join(', ')}` },
  ];
  for (const [what, used, most] of [
    ['collections', usage?.collections, limits?.maxCollections],
    ['persons', usage?.persons, limits?.maxPersons],
    ['faces', usage?.faces, limits?.maxFaces],
  ] as const) {
    if (used == null || most == null) continue;
    const state = used >= most * NEARLY_FULL ? 'look' : 'ok';
    findings.push({
      check: what,
      state,
      says: `${used} of ${most}${state === 'look' ? ': ask for more room soon' : ''}`,
    });
  }
  return tenant ? [...findings, ...(await packFindings(context))] : findings;
}

async function packFindings({ likeness, signal }: Context): Promise<Finding[]> {
  const { modelPacks } = await likeness.request(ModelPacksDocument, {}, { signal });
  return modelPacks.map(({ id, calibrated }) =>
    calibrated
      ? { check: 'pack', state: 'ok', says: id }
      : {
          check: 'pack',
          state: 'look',
          says: `${id} has no scale: it compares by distance only. Run: npm run models -- calibrate`,
        },
  );
}
