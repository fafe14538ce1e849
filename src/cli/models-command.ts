import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { stopSignal } from '../container/stop-signal';
import { endWith, interrupted } from './ending';
import { addModel } from './models/add';
import { addClassifier } from './models/add-classifier';
import { calibrateModel } from './models/calibrate';
import { openModels, tellFailure, UsageError, type ModelsContext } from './models/context';
import { exportProjection } from './models/export';
import { listModels, showModel } from './models/look';
import { ADD_OPTIONS } from './models/model-wishes';
import { pullModel } from './models/pull';
import { recheckCollection } from './models/recheck';
import { removeModel } from './models/remove';
import { summariseModel } from './models/summary';
import { tidyModels } from './models/tidy';
import { verifyModel } from './models/trial';

const USAGE = `Usage: npm run models -- COMMAND

list                    the packs there are, and what they lack
show NAME               what a pack is made of, where its files come from, which are here
pull NAME               fetches what a pack lacks, checks and compiles it; goes on where it was stopped
     --accept-licence   where its licence restricts what you may do with it
verify NAME             checks every file and looks at two faces with it
add FILE...             makes a pack of your own around an embedder: onnx, tflite, OpenVINO's xml and bin, tfjs' json and bin,
                        Keras' h5 or keras
     --name NAME --input 112x112 --dimension 192 --template arcface|dlib|reid
     --normalize MEAN,STD   (x - MEAN) / STD, x in 0-255; or three means and three divisors [0,1]
     --colour RGB|BGR [RGB]  --layout NCHW|NHWC  --template-scale 1  --mirrored  --metric COSINE|EUCLIDEAN [COSINE]
     --version 1  --licence TEXT  --commercial-use  --format FORMAT  --calibrate-on DIR
     --lambda LAYER=FORM    what a Lambda of a Keras model does; once for each, * in LAYER stands for anything
add FILE... --classifier   makes a pack of your own of an image classifier, in any of these kinds of files
     --name NAME --labels labels.txt --input 150x150   a label in each line, in the order of the model's output
     --output softmax|logits|sigmoid [softmax]   what it ends with; sigmoid, logits: one number for two labels is how sure it is of the second
     --fit stretch|crop [stretch]   how an image gets the input's shape; --crop-share 1, of the middle, how much is shown
     and --normalize --colour --layout --version --licence --commercial-use --format --lambda as above
summary FILE...         the layers of a Keras model, as its summary() tells them; --lambda LAYER=FORM
export NAME FILE        the trained projection of a pack as a Keras model, .h5 or .keras
calibrate NAME DIR      fits the similarity scale of a pack of your own on images, a folder a person, and prints its accuracy
remove NAME@VERSION     a pack of your own, and what was fetched or compiled for this pack alone
     --force            although collections use it: they cannot be searched then
tidy                    takes away the compiled models that no pack of this release asks for, once no server of an earlier one runs
recheck                 looks at a collection's images again and tells its faces that would be refused today, that are no
                        longer found or are found the other way up; deletes nothing
     --collection ID
     --json FILE        writes what it tells there too

NAME is a pack's name (its newest version; remove wants to know which if there are several) or NAME@VERSION. remove and recheck look into the database:
stop Likeness first where PostgreSQL is embedded.`;

const OPTIONS = {
  'accept-licence': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
  collection: { type: 'string' },
  json: { type: 'string' },
  ...ADD_OPTIONS,
} as const;

async function run(context: ModelsContext, args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [verb, name, ...more] = positionals;
  if (values.help) {
    context.print(USAGE);
    return 0;
  }
  const named = (): string => {
    if (name === undefined || more.length > 0) throw new UsageError(`Say which pack: npm run models -- ${verb} NAME`);
    return name;
  };
  const namedAndOne = (what: string, shown: string): [string, string] => {
    const [one, ...others] = more;
    if (name !== undefined && one !== undefined && others.length === 0) return [name, one];
    throw new UsageError(`Say which pack and which ${what}: npm run models -- ${verb} NAME ${shown}`);
  };
  switch (verb) {
    case 'list':
      return listModels(context);
    case 'show':
      return showModel(context, named());
    case 'pull':
      return pullModel(context, named(), values['accept-licence']);
    case 'verify':
      return verifyModel(context, named());
    case 'add':
      return (values.classifier ? addClassifier : addModel)(context, positionals.slice(1), values);
    case 'summary':
      return summariseModel(context, positionals.slice(1), values.lambda);
    case 'export':
      return exportProjection(context, ...namedAndOne('file', 'FILE'));
    case 'calibrate':
      return calibrateModel(context, ...namedAndOne('folder', 'DIR'));
    case 'remove':
      return removeModel(context, named(), values.force);
    case 'tidy':
      if (name !== undefined) throw new UsageError('tidy takes no name: npm run models -- tidy');
      return tidyModels(context);
    case 'recheck':
      if (values.collection === undefined || name !== undefined) {
        throw new UsageError('Say which collection: npm run models -- recheck --collection ID');
      }
      return recheckCollection(context, values.collection, values.json);
    default:
      throw new UsageError(USAGE);
  }
}

/**
 * `npm run models -- ...`. Exit status 0; 1 when something did not work or recheck told faces; 2 on wrong usage; 78 on wrong settings; 130 or 143
 * when it was interrupted.
 */
async function main(): Promise<number> {
  const stopping = stopSignal(() => process.stderr.write('\nstopping\n'));
  const context = openModels(stopping);
  try {
    return await Promise.race([run(context, process.argv.slice(2)), interrupted(stopping)]);
  } catch (error) {
    if (stopping.aborted) return await interrupted(stopping);
    return tellFailure(error);
  } finally {
    await context.closers.closeAll();
  }
}

endWith(main());
