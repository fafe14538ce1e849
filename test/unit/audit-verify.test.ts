import { commitmentOf, sealEntry, type AuditCaller, type AuditFact } from '../../src/domain/audit';
import { BEGINNING, chainEntries, chainOf, type AuditHead } from '../../src/domain/audit-chain';
import { CheckpointSigner } from '../../src/domain/audit-checkpoint';
import { verifyAudit, type AuditFlaw, type ExportedEntry, type VerifyOptions } from '../../src/domain/audit-verify';
import { newId } from '../../src/domain/ids';

const ROWS = 1_000;
const tenantId = newId();
const caller: AuditCaller = {
  by: 'KEY',
  apiKeyId: newId(),
  actor: 'clerk-7',
  address: '203.0.113.9',
  requestId: null,
  operation: 'searchFaces',
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** An audit as an export has it. */
function makeAudit(
  facts: readonly AuditFact[],
  operation: (index: number) => string = () => 'searchFaces',
): ExportedEntry[] {
  const sealed = facts.map((fact, index) => sealEntry(tenantId, { ...caller, operation: operation(index) }, fact));
  return chainEntries(null, sealed).map(({ id, seq, commitment, chain, salt, content }) => ({
    seq: seq.toString(),
    id,
    commitment: hex(commitment),
    chain: hex(chain),
    salt: hex(salt),
    content,
  }));
}

const audit = makeAudit(Array.from({ length: ROWS }, (_, index) => ({ results: index })));
const signer = new CheckpointSigner(Buffer.alloc(32, 7));
const headAt = (seq: number): AuditHead => ({ seq: BigInt(seq), chain: Buffer.from(audit[seq - 1]!.chain, 'hex') });
const checkpointAt = (seq: number) => signer.sign(tenantId, headAt(seq), new Date());

const verify = (rows: readonly ExportedEntry[], options: Partial<VerifyOptions> = {}): AuditFlaw[] =>
  verifyAudit(rows, { tenantId, ...options });
const named = (flaws: readonly AuditFlaw[]): string[] =>
  flaws.map(({ kind, seq, through }) => `${kind} ${seq}${through === seq ? '' : `-${through}`}`);

/** The other digit at the end. */
const flipped = (text: string): string => `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;

/** Every single thing that can be done to the row at a place; `found` is what has to be told. */
const MUTATIONS: Readonly<
  Record<
    string,
    { readonly make: (rows: ExportedEntry[], at: number) => void; readonly found: (seq: number) => string[] }
  >
> = {
  'another content': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, content: rows[at]!.content!.replace('clerk-7', 'clerk-8') }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'another salt': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, salt: flipped(rows[at]!.salt!) }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'another commitment': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, commitment: flipped(rows[at]!.commitment) }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'another chain': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, chain: flipped(rows[at]!.chain) }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'another id': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, id: newId() }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'content and commitment that fit each other': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, ...forged(rows[at]!.id) }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'a whole row of another time': {
    make: (rows, at) => (rows[at] = { ...makeAudit([{ results: 1 }])[0]!, seq: rows[at]!.seq }),
    found: (seq) => [`CHANGED ${seq}`, `CHANGED ${seq + 1}`],
  },
  'no content': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, salt: null, content: null }),
    found: (seq) => [`ERASED_SILENTLY ${seq}`],
  },
  'no salt': {
    make: (rows, at) => (rows[at] = { ...rows[at]!, salt: null }),
    found: (seq) => [`CHANGED ${seq}`],
  },
  'no row': { make: (rows, at) => rows.splice(at, 1), found: (seq) => [`MISSING ${seq}`] },
  'the row twice': {
    make: (rows, at) => rows.splice(at, 0, rows[at]!),
    found: (seq) => [`DUPLICATED ${seq}`],
  },
  'the row after its successor': {
    make: (rows, at) => rows.splice(at, 2, rows[at + 1]!, rows[at]!),
    // Of two rows that changed places, one is out of place: which, nobody can tell.
    found: (seq) => [`REORDERED ${seq + 1}`],
  },
  'the numbers of two rows changed over': {
    make: (rows, at) => {
      const [row, next] = [rows[at]!, rows[at + 1]!];
      rows.splice(at, 2, { ...next, seq: row.seq, chain: row.chain }, { ...row, seq: next.seq, chain: next.chain });
    },
    found: (seq) => [`REORDERED ${seq}`, `REORDERED ${seq + 1}`],
  },
};

/** Another content under the same id, with a commitment that fits it. */
function forged(id: string): Pick<ExportedEntry, 'commitment' | 'content' | 'salt'> {
  const { salt, content } = sealEntry(tenantId, { ...caller, actor: 'nobody' }, {});
  const said = JSON.stringify({ ...(JSON.parse(content) as object), id });
  return { salt: hex(salt), content: said, commitment: hex(commitmentOf(salt, said)) };
}

test('what was not touched has no flaw', () => {
  expect(verify(audit, { checkpoints: [checkpointAt(1), checkpointAt(500), checkpointAt(ROWS)] })).toEqual([]);
  expect(verify([], {})).toEqual([]);
});

describe.each(Object.entries(MUTATIONS))('%s', (_name, { make, found }) => {
  it('is found and named at every row, beside its neighbours', () => {
    const told = [];
    const wanted = [];
    for (let seq = 2; seq < ROWS - 1; seq += 1) {
      const rows = audit.slice(seq - 2, seq + 2);
      make(rows, 1);
      const before = seq === 2 ? { seq: 0n, chain: new Uint8Array(32) } : headAt(seq - 2);
      told.push([seq, named(verify(rows, { before }))]);
      wanted.push([seq, found(seq)]);
    }
    expect(told).toEqual(wanted);
  });

  it.each([2, 500, ROWS - 1])('is found at row %i of a thousand, and nothing else is', (seq) => {
    const rows = [...audit];
    make(rows, seq - 1);
    expect(named(verify(rows))).toEqual(found(seq));
  });
});

test('a row under another number is missed, and out of place', () => {
  const rows = [...audit];
  rows[499] = { ...rows[499]!, seq: '5000' };
  expect(named(verify(rows))).toEqual(['MISSING 500', 'MISSING 1001-4999', 'REORDERED 5000']);
});

describe('the end', () => {
  it.each([ROWS - 1, 600, 1])('cut off after row %i is missed by a checkpoint and by the head', (last) => {
    const rows = audit.slice(0, last);
    expect(verify(rows)).toEqual([]);
    const cut = [`CUT ${last + 1}${last + 1 === ROWS ? '' : `-${ROWS}`}`];
    expect(named(verify(rows, { checkpoints: [checkpointAt(ROWS)] }))).toEqual(cut);
    expect(named(verify(rows, { head: headAt(ROWS) }))).toEqual(cut);
  });

  it('written anew from a row on fits itself, and no checkpoint after that row', () => {
    let chain: Uint8Array = headAt(699).chain;
    const rows = audit.map((row, index) => {
      if (index < 699) return row;
      const other = index === 699 ? { ...row, ...forged(row.id) } : row;
      chain = chainOf(chain, BigInt(row.seq), Buffer.from(other.commitment, 'hex'));
      return { ...other, chain: hex(chain) };
    });
    expect(verify(rows)).toEqual([]);
    const checkpoints = [checkpointAt(699), checkpointAt(700), checkpointAt(ROWS)];
    expect(named(verify(rows, { checkpoints }))).toEqual(['REWRITTEN 700', `REWRITTEN ${ROWS}`]);
  });
});

describe('a checkpoint', () => {
  it('of another tenant proves nothing', () => {
    const other = signer.sign(newId(), headAt(5), new Date());
    const [flaw] = verify(audit, { checkpoints: [other] });
    expect(flaw).toMatchObject({ kind: 'BAD_CHECKPOINT', message: expect.stringContaining(other.tenantId) });
  });

  it('that was changed, or that a key signed which is not believed, proves nothing', () => {
    const good = checkpointAt(5);
    const another = new CheckpointSigner(Buffer.alloc(32, 8)).sign(tenantId, headAt(5), new Date());
    for (const bad of [
      { ...good, seq: '4' },
      { ...good, chain: flipped(good.chain) },
      { ...good, publicKey: another.publicKey },
      { ...good, publicKey: 'nonsense' },
    ]) {
      expect(named(verify(audit, { checkpoints: [bad] }))).toEqual([`BAD_CHECKPOINT ${bad.seq}`]);
    }
    expect(verify(audit, { checkpoints: [another] })).toEqual([]);
    expect(named(verify(audit, { checkpoints: [another], keyIds: [good.keyId] }))).toEqual(['BAD_CHECKPOINT 5']);
  });
});

test('a row of another tenant is told', () => {
  const flaws = verifyAudit(audit.slice(0, 1), { tenantId: newId() });
  expect(flaws[0]).toMatchObject({ kind: 'CHANGED', message: expect.stringContaining(tenantId) });
});

describe('an erasure', () => {
  const erasing = makeAudit([{}, {}, { details: { seqs: ['1'] } }], (index) =>
    index === 2 ? 'eraseAudit' : 'searchFaces',
  );

  it('that a row tells is no flaw', () => {
    expect(verify([{ ...erasing[0]!, salt: null, content: null }, ...erasing.slice(1)])).toEqual([]);
  });

  it('that was told and not done is one', () => {
    expect(named(verify(erasing))).toEqual(['NOT_ERASED 1']);
  });

  it('of another row than the one that is told is one', () => {
    const rows = [erasing[0]!, { ...erasing[1]!, salt: null, content: null }, erasing[2]!];
    expect(named(verify(rows))).toEqual(['NOT_ERASED 1', 'ERASED_SILENTLY 2']);
  });
});

describe('an expiry', () => {
  const BORDER = new Date();
  /** Ten rows, and one that says that the first four go. */
  const whole = ((): ExportedEntry[] => {
    const rows = audit.slice(0, 10);
    const details = { through: '4', chain: rows[3]!.chain, before: BORDER.toISOString() };
    const sealed = sealEntry(tenantId, { ...caller, operation: 'expireAudit' }, { details });
    const [row] = chainEntries(headAt(10), [sealed]);
    const { id, seq, commitment, chain, salt, content } = row!;
    const hexes = { commitment: hex(commitment), chain: hex(chain), salt: hex(salt) };
    return [...rows, { id, seq: seq.toString(), content, ...hexes }];
  })();
  const left = whole.slice(4);

  it('that a row tells is no flaw, done, begun or not', () => {
    for (const rows of [whole, whole.slice(2), [whole[0]!, ...whole.slice(3)], left]) expect(verify(rows)).toEqual([]);
  });

  it('hides no row behind it that is gone, at the beginning or later', () => {
    expect(named(verify(left.slice(1)))).toEqual(['MISSING 5']);
    expect(named(verify([whole[0]!, ...whole.slice(6)]))).toEqual(['MISSING 5-6']);
    expect(named(verify([left[0]!, ...left.slice(2)]))).toEqual(['MISSING 6']);
  });

  it('says what the first of the rest follows: another one does not fit', () => {
    const another = { ...left[0]!, ...makeAudit([{ results: 7 }])[0]!, seq: '5' };
    expect(named(verify([another, ...left.slice(1)]))).toContain('CHANGED 5');
    const rewritten = chainEntries(
      { seq: 4n, chain: Buffer.alloc(32, 1) },
      left.map((row) => ({ row, commitment: Buffer.from(row.commitment, 'hex') })),
    ).map(({ row, chain }) => ({ ...row, chain: hex(chain) }));
    expect(named(verify(rewritten))).toEqual(['CHANGED 5']);
  });

  it('that takes what a checkpoint knows to be younger is a flaw', () => {
    const after = (days: number, seq: number) =>
      signer.sign(tenantId, headAt(seq), new Date(BORDER.getTime() + days * 86_400_000));
    expect(verify(left, { checkpoints: [after(-3, 1), after(0.5, 3), after(2, 4)] })).toEqual([]);
    expect(named(verify(left, { checkpoints: [after(2, 3)] }))).toEqual(['EXPIRED_EARLY 11']);
  });

  it('that is no longer as it was written tells nothing', () => {
    for (const change of [
      (text: string) => text.replace('"through":"4"', '"through":"6"'),
      (text: string) => text.replace('"through":"4"', '"through":"x"'),
    ]) {
      const rows = left.map((row, at) => (at === left.length - 1 ? { ...row, content: change(row.content!) } : row));
      expect(named(verify(rows, { before: BEGINNING }))).toEqual(['MISSING 1-4', 'CHANGED 11']);
    }
    expect(verify(left, { before: BEGINNING })).toEqual([]);
    expect(named(verify(audit.slice(4), { before: BEGINNING }))).toEqual(['MISSING 1-4']);
  });

  it('is held against a checkpoint of the last row that is gone', () => {
    expect(verify(left, { checkpoints: [checkpointAt(2), checkpointAt(4), checkpointAt(7)] })).toEqual([]);
    const other = signer.sign(tenantId, { seq: 4n, chain: Buffer.alloc(32, 1) }, new Date());
    expect(named(verify(left, { checkpoints: [other] }))).toEqual(['REWRITTEN 4']);
  });
});
