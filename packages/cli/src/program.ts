import { Command, Option } from 'commander';
import { completionOf } from './commands/completion.ts';
import { limitOption, metadataOf, several, similarity, wholeNumber } from './commands/arguments.ts';
import {
  changeCollection,
  createCollection,
  deleteCollection,
  listCollections,
  reembedCollection,
  rollBackCollection,
} from './commands/collections.ts';
import { compare } from './commands/compare.ts';
import { doctor } from './commands/doctor.ts';
import { exportCollection } from './commands/export.ts';
import { importImages } from './commands/import.ts';
import {
  changeGallery,
  endGrant,
  grantGallery,
  listGalleries,
  listGranted,
  listGrants,
  publishGallery,
  recognize,
  unpublishGallery,
} from './commands/galleries.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './commands/keys.ts';
import { login, logout } from './commands/login.ts';
import { listModels } from './commands/models.ts';
import { addPerson, changePerson, deletePersons, listPersons } from './commands/persons.ts';
import { search } from './commands/search.ts';
import { createTenant, deleteTenant, listTenants, resumeTenant, suspendTenant } from './commands/tenants.ts';
import { watch } from './commands/watch.ts';
import { Context, type CommonOptions, type Surroundings } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

const qualityOption = (): Option =>
  new Option('--quality <filter>', 'how good a face must be').choices(['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH']);
const collectionOption = (): Option =>
  new Option('-c, --collection <name>', 'the collection, by name or id').makeOptionMandatory();
const tenantOption = (): Option => new Option('--tenant <id>', 'of which tenant; for the operator’s key');

/**
 * The whole command line. @param ended is told how the command that ran has ended.
 */
export function createProgram(surroundings: Surroundings, ended: (code: ExitCode) => void): Command {
  const program = new Command('likeness')
    .description(
      'Face search on the command line: enrol folders, ask who is in a photograph, manage collections and keys.',
    )
    .version('0.1.0')
    .option('-p, --profile <name>', 'which login, for those who have several', 'default')
    .option('--json', 'answers as JSON')
    .showHelpAfterError('Run it with --help to see what it takes.')
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
    })
    .exitOverride();

  /** Makes an action of a function that is given the context first. */
  const action =
    <Arguments extends unknown[]>(run: (context: Context, ...args: Arguments) => Promise<ExitCode | void>) =>
    async (...args: [...Arguments, Command]): Promise<void> => {
      const context = new Context(surroundings, program.opts<CommonOptions>());
      try {
        ended((await run(context, ...(args.slice(0, -1) as unknown as Arguments))) ?? EXIT.DONE);
      } finally {
        await context.close();
      }
    };

  program
    .command('login')
    .description('try a key and keep it; it is asked for, or read from stdin')
    .option('--url <address>', 'where Likeness is')
    .action(action(login));
  program.command('logout').description('forget the key').action(action(logout));

  program
    .command('import')
    .description(
      'enrol a folder with a folder for each person, what a CSV table or another system’s listing has, or an export; run it again to go on',
    )
    .argument(
      '<source>',
      'DIR, an export’s DIR, a .csv file with the columns file, name, externalId, externalImageId, urls, knownFor, metadata.<key>, or a .json listing of Amazon Rekognition or CompreFace',
    )
    .addOption(collectionOption())
    .option('--create', 'make the collection when there is none')
    .option('--pack <name>', 'of which model pack, when it is made')
    .addOption(
      new Option('--on-ambiguous <way>', 'when several faces may be the person’s').choices(['REFUSE', 'LARGEST']),
    )
    .addOption(qualityOption())
    .option('--unnamed', 'enrol images beside the folders, too, for nobody')
    .option('--by-name', 'enrol them for whom they are called after: Ann_Lee.jpg shows Ann Lee')
    .option('--images <folder>', 'where the images of a .json listing lie')
    .option('--again', 'send files that an earlier import brought in, too')
    .option('--parallel <number>', 'files sent at once', wholeNumber(1, 16), 4)
    .action(action(importImages));
  program
    .command('search')
    .description('who is in these photographs?')
    .argument('<file...>', 'JPEG, PNG or WebP')
    .addOption(collectionOption().argParser(several))
    .option('--threshold <similarity>', 'from which similarity on', similarity)
    .option('--limit <number>', 'at most this many persons a face', wholeNumber(1, 1_000), 10)
    .addOption(qualityOption())
    .action(action(search));
  program
    .command('compare')
    .description('do two photographs show the same person?')
    .argument('<source>', 'a photograph of one person')
    .argument('<target>', 'another photograph')
    .option('--pack <name>', 'with which model pack')
    .action(action(compare));
  program.command('watch').description('follow a job to its end').argument('<job>', 'its id').action(action(watch));
  program
    .command('export')
    .description('a collection’s persons, images and faces as JSON lines, for `import` to read elsewhere')
    .argument('<collection>', 'its name or id')
    .option('-o, --output <file>', 'into a file')
    .option('--out <folder>', 'into a folder, as export.jsonl')
    .option('--images', 'with the images themselves')
    .option('--xmp', 'with a sidecar beside each image that says whose its faces are')
    .option('--parallel <number>', 'images fetched at once', wholeNumber(1, 16), 4)
    .action(action(exportCollection));

  addPersons(program, action);
  addCollections(program, action);
  addKeys(program, action);
  addGalleries(program, action);
  addTenants(program, action);

  const models = program.command('models').description('the model packs that the server serves');
  models.command('list', { isDefault: true }).description('list them').action(action(listModels));
  program.command('doctor').description('look at server, key and limits, and say the mend').action(action(doctor));
  program
    .command('completion')
    .description('a script for your shell: source <(likeness completion bash)')
    .argument('<shell>', 'bash or zsh')
    .action((shell: string) => {
      if (shell !== 'bash' && shell !== 'zsh') program.error('The shell is bash or zsh.');
      else surroundings.stdout.write(`${completionOf(program, shell)}\n`);
    });
  return program;
}

type Action = <Arguments extends unknown[]>(
  run: (context: Context, ...args: Arguments) => Promise<ExitCode | void>,
) => (...args: [...Arguments, Command]) => Promise<void>;

function addPersons(program: Command, action: Action): void {
  const persons = program.command('persons').description('list, add, change and delete persons');
  persons
    .command('list')
    .description('by name')
    .addOption(collectionOption())
    .option('--text <text>', 'whose name or external id has this in it')
    .addOption(limitOption())
    .action(action(listPersons));
  persons
    .command('add')
    .description('one without faces yet')
    .argument('<name>')
    .addOption(collectionOption())
    .option('--external-id <id>', 'your own id of the person')
    .option('--metadata <json>', 'facts of your own', metadataOf)
    .action(action(addPerson));
  persons
    .command('change')
    .description('a name, an external id, metadata')
    .argument('<id>')
    .option('--name <name>', 'the new name')
    .option('--external-id <id>', 'your own id of the person')
    .option('--metadata <json>', 'facts of your own, instead of those that are there', metadataOf)
    .action(action(changePerson));
  persons.command('delete').description('with their faces').argument('<id...>').action(action(deletePersons));
}

function addCollections(program: Command, action: Action): void {
  const collections = program.command('collections').description('list, make, change and delete collections');
  const facts = (command: Command): Command =>
    command
      .option('--description <text>', 'what it is for')
      .option('--threshold <similarity>', 'from which similarity on a face is somebody’s', similarity)
      .addOption(qualityOption())
      .option('--retention-days <days>', 'how long faces are kept', wholeNumber(1, 36_500));
  collections.command('list').description('by age').addOption(limitOption()).action(action(listCollections));
  facts(collections.command('create').description('make one').argument('<name>'))
    .option('--pack <name>', 'of which model pack')
    .action(action(createCollection));
  facts(collections.command('change').description('change one').argument('<name>'))
    .option('--name <name>', 'its new name')
    .action(action(changeCollection));
  collections
    .command('reembed')
    .description('move one to another model pack while it is searched')
    .argument('<name>')
    .requiredOption('--pack <name>', 'to which one')
    .option('--drop-faces-without-image', 'leave out faces whose image is not stored any more')
    .action(action(reembedCollection));
  collections
    .command('roll-back')
    .description('move one back to the model pack that it had')
    .argument('<name>')
    .action(action(rollBackCollection));
  collections
    .command('delete')
    .description('with all that is in it')
    .argument('<name>')
    .option('--yes <name>', 'its name once more')
    .action(action(deleteCollection));
}

function addKeys(program: Command, action: Action): void {
  const keys = program.command('keys').description('list, make, rotate and revoke API keys');
  keys
    .command('list')
    .description('all of them')
    .addOption(tenantOption())
    .addOption(limitOption())
    .action(action(listKeys));
  keys
    .command('create')
    .description('make one; its text is shown once')
    .argument('<name>')
    .requiredOption('--scope <scope...>', 'what it may do, such as READ SEARCH')
    .option('--collection <name...>', 'bind it to these collections, by name or id: it sees no others')
    .option('--network <cidr...>', 'let it work from these networks only, such as 10.1.0.0/16')
    .option('--force', 'make it although it does not work from here')
    .option('--expires <time>', 'when it ends, such as 2027-01-31T00:00:00Z')
    .addOption(tenantOption())
    .action(action(createKey));
  keys
    .command('rotate')
    .description('a new key for an old one')
    .argument('<id>')
    .option('--grace <seconds>', 'how long the old one still works', wholeNumber(0, 2_592_000), 86_400)
    .addOption(tenantOption())
    .action(action(rotateKey));
  keys
    .command('revoke')
    .description('end one at once')
    .argument('<id>')
    .addOption(tenantOption())
    .action(action(revokeKey));
}

function addGalleries(program: Command, action: Action): void {
  const galleries = program.command('galleries').description('let others look people up in a collection, and be let');
  const facts = (command: Command): Command =>
    command
      .option('--name <name>', 'what others call it')
      .option('--description <text>', 'what is in it')
      .option('--floor <similarity>', 'below which similarity nobody is named', wholeNumber(0, 100))
      .option('--covers', 'show one face of a recognized person')
      .addOption(tenantOption());
  galleries
    .command('list')
    .description('those that you publish')
    .addOption(tenantOption())
    .addOption(limitOption())
    .action(action(listGalleries));
  facts(
    galleries.command('publish').description('publish a collection').argument('<collection>', 'its name or id'),
  ).action(action(publishGallery));
  facts(galleries.command('change').description('what may be told of one').argument('<id>'))
    .option('--no-covers', 'show no faces')
    .action(action(changeGallery));
  galleries
    .command('unpublish')
    .description('take one back from everybody')
    .argument('<id>')
    .addOption(tenantOption())
    .action(action(unpublishGallery));
  galleries
    .command('grant')
    .description('let another tenant look people up in one')
    .argument('<id>', 'the gallery')
    .argument('<grantee>', 'the other tenant’s id')
    .option('--label <text>', 'a note for yourself')
    .addOption(tenantOption())
    .action(action(grantGallery));
  galleries
    .command('grants')
    .description('who was granted one')
    .argument('<id>', 'the gallery')
    .addOption(tenantOption())
    .addOption(limitOption())
    .action(action(listGrants));
  galleries
    .command('end')
    .description('end a grant, by either side')
    .argument('<id>', 'the grant')
    .addOption(tenantOption())
    .action(action(endGrant));
  galleries
    .command('granted')
    .description('those that you were granted')
    .addOption(limitOption())
    .action(action(listGranted));
  galleries
    .command('recognize')
    .description('whom of these do photographs show?')
    .argument('<file...>', 'JPEG, PNG or WebP')
    .requiredOption('--gallery <id...>', 'by the ids that `granted` lists')
    .option('--min-similarity <similarity>', 'from which similarity on', wholeNumber(0, 100), 0)
    .addOption(
      new Option('--quality <filter>', 'how good a face must be')
        .choices(['NONE', 'AUTO', 'LOW', 'MEDIUM', 'HIGH'])
        .default('NONE'),
    )
    .action(action(recognize));
}

function addTenants(program: Command, action: Action): void {
  const tenants = program
    .command('tenants')
    .description('for the operator’s key: list, make, suspend and delete tenants');
  tenants.command('list').description('all of them').addOption(limitOption()).action(action(listTenants));
  tenants.command('create').description('make one, and its first key').argument('<name>').action(action(createTenant));
  tenants.command('suspend').description('its keys open nothing').argument('<id>').action(action(suspendTenant));
  tenants.command('resume').description('its keys open again').argument('<id>').action(action(resumeTenant));
  tenants
    .command('delete')
    .description('with all that is its')
    .argument('<id>')
    .option('--yes <id>', 'its id once more')
    .action(action(deleteTenant));
}
