import { ModelPacksDocument } from '@likeness/client';
import type { Context } from '../context.ts';
import { tableOf } from '../output.ts';

/** The packs that the server serves; they are installed where it runs, with `npm run models`. */
export async function listModels({ likeness, out, signal }: Context): Promise<void> {
  const { modelPacks } = await likeness.request(ModelPacksDocument, {}, { signal });
  out.answer(modelPacks, () =>
    tableOf(
      ['PACK', 'NUMBERS', 'SCALE', 'COMMERCIAL USE', 'LICENCE'],
      modelPacks.map(({ id, dimension, calibrated, commercialUse, licence }) => [
        id,
        dimension,
        calibrated ? 'similarity' : 'distance only',
        commercialUse ? 'yes' : 'no',
        licence,
      ]),
    ),
  );
}
