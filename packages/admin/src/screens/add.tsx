import { Alert, Badge, Button, Group, Paper, Progress, Stack, Switch, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState, type DragEvent, type ReactElement } from 'react';
import { useCollection } from '../collection-choice.tsx';
import { imports, useImport, type ImportFile, type ImportRun } from '../imports.ts';
import { filesOfDrop, filesOfInput } from '../parts/dropped-files.ts';
import { Icon } from '../parts/icons.tsx';
import { ImportList } from '../parts/import-list.tsx';
import { NoCollection } from '../parts/no-collection.tsx';
import { ScreenHead } from '../parts/states.tsx';
import { readTable, type TableRow } from '../pure/csv-table.ts';
import { isTable, planImport, type ImportPlan } from '../pure/import-plan.ts';
import { hrefOf, type Place } from '../pure/routes.ts';
import { count } from '../pure/words.ts';
import { useSession } from '../session.tsx';

const MAX_TABLE_BYTES = 20 * 1024 * 1024;

export default function AddImages({ place }: { readonly place: Place }): ReactElement {
  const { client } = useSession();
  const queries = useQueryClient();
  const { collection, isEmpty } = useCollection(place);
  const run = useImport();
  const [{ files: dropped, table }, setDropped] = useState<Dropped>(NOTHING);
  const [folderIsPerson, setFolderIsPerson] = useState(true);
  const [problem, setProblem] = useState<string | null>(null);
  const plan = useMemo(() => planImport(dropped, { folderIsPerson, table }), [dropped, folderIsPerson, table]);
  const take = (files: Promise<ImportFile[]> | ImportFile[]): void => {
    setProblem(null);
    Promise.resolve(files)
      .then(withTable)
      .then(
        (found) => {
          imports.clear();
          setDropped(found);
          if (found.files.length === 0) setProblem('There was no file in it.');
        },
        (error: unknown) => setProblem((error as Error).message),
      );
  };
  if (isEmpty) return <NoCollection />;
  const finished = (): void => void queries.invalidateQueries();
  const start = (): void => {
    if (!collection) return;
    setDropped(NOTHING);
    void imports.start(client, collection, plan.files, finished);
  };
  return (
    <>
      <ScreenHead title="Add images" text={collection && `To ${collection.name}`} />
      {run ? (
        <Running run={run} finished={finished} />
      ) : dropped.length > 0 ? (
        <Planned
          plan={plan}
          folderIsPerson={folderIsPerson}
          hasTable={table !== undefined}
          setFolderIsPerson={setFolderIsPerson}
          start={start}
          cancel={() => setDropped(NOTHING)}
        />
      ) : (
        <DropZone take={take} />
      )}
      {problem && (
        <Alert color="red" mt="md" role="alert">
          {problem}
        </Alert>
      )}
    </>
  );
}

interface Dropped {
  readonly files: readonly ImportFile[];
  readonly table?: readonly TableRow[] | undefined;
}

const NOTHING: Dropped = { files: [] };

/** Reads the table among what was dropped. @throws Error that says what is wrong with it. */
async function withTable(files: readonly ImportFile[]): Promise<Dropped> {
  const tables = files.filter(isTable);
  const [table] = tables;
  if (!table) return { files };
  if (tables.length > 1) throw new Error('There are several tables (.csv) in it. Drop one at a time, with its images.');
  if (table.bytes > MAX_TABLE_BYTES) throw new Error(`${table.path} is too large for a table: at most 20 MB.`);
  return { files, table: readTable(await table.file.text()) };
}

function DropZone({ take }: { readonly take: (files: Promise<ImportFile[]> | ImportFile[]) => void }): ReactElement {
  const [isOver, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(filesOfDrop(event.dataTransfer));
  };
  return (
    <div
      className={`drop ${isOver ? 'drop-over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="empty-icon">
        <Icon name="add" size={34} />
      </div>
      <Title order={2} size="h4" ta="center">
        Drop photographs or folders here
      </Title>
      <Text c="dimmed" ta="center" maw={480}>
        A folder for each person: <b>Ann Lee/1.jpg</b> becomes a face of Ann Lee. Photographs without a folder are added
        with every face in them, to be named later. A table (<b>.csv</b> with the columns file, name, externalId) says
        whose they are instead.
      </Text>
      <Group justify="center">
        <Button onClick={() => folder.current?.click()} leftSection={<Icon name="folder" size={18} />}>
          Choose a folder
        </Button>
        <Button variant="default" onClick={() => files.current?.click()} leftSection={<Icon name="image" size={18} />}>
          Choose images
        </Button>
      </Group>
      <Text size="sm" c="dimmed">
        JPEG, PNG or WebP, at most 15 MB each
      </Text>
      <input
        ref={files}
        type="file"
        multiple
        accept="image/jpeg,image/png,image/webp,.csv"
        hidden
        data-testid="files"
        aria-label="Images"
        onChange={(event) => take(filesOfInput(event.currentTarget.files))}
      />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        data-testid="folder"
        aria-label="Folder"
        onChange={(event) => take(filesOfInput(event.currentTarget.files))}
      />
    </div>
  );
}

function Planned(props: {
  readonly plan: ImportPlan<ImportFile>;
  readonly folderIsPerson: boolean;
  readonly hasTable: boolean;
  readonly setFolderIsPerson: (on: boolean) => void;
  readonly start: () => void;
  readonly cancel: () => void;
}): ReactElement {
  const { files, leftOut, missing, people } = props.plan;
  const unnamed = files.filter(({ person }) => person === null).length;
  return (
    <Stack>
      <Paper withBorder radius="lg" p="lg">
        <Stack gap="sm">
          <Title order={2} size="h4">
            {files.length === 0
              ? 'None of this can be added'
              : `${count(files.length, 'image')}${people.length > 0 ? ` of ${count(people.length, 'person', 'people')}` : ''}`}
          </Title>
          {people.length > 0 && (
            <Group gap={6}>
              {people.slice(0, 24).map((name) => (
                <Badge key={name} variant="light" className="plain-badge" size="lg">
                  {name}
                </Badge>
              ))}
              {people.length > 24 && <Text size="sm">and {people.length - 24} more</Text>}
            </Group>
          )}
          {unnamed > 0 && (
            <Text size="sm" c="dimmed">
              {count(unnamed, 'image')} without a name: every face is added, and named later under “Unnamed faces”.
            </Text>
          )}
          {props.hasTable ? (
            <Text size="sm">The table says whose they are.</Text>
          ) : (
            <Switch
              label="Each folder is named after the person in it"
              checked={props.folderIsPerson}
              onChange={(event) => props.setFolderIsPerson(event.currentTarget.checked)}
            />
          )}
          <Group>
            <Button onClick={props.start} disabled={files.length === 0}>
              Add {count(files.length, 'image')}
            </Button>
            <Button variant="default" onClick={props.cancel}>
              Choose others
            </Button>
          </Group>
        </Stack>
      </Paper>
      {missing.length > 0 && (
        <Paper withBorder radius="lg" p="lg">
          <Title order={2} size="h5" mb="xs">
            {count(missing.length, 'file')} of the table not found
          </Title>
          <Text size="sm" className="break">
            {missing.slice(0, 20).join(', ')}
            {missing.length > 20 && ` and ${count(missing.length - 20, 'other')}`}
          </Text>
        </Paper>
      )}
      {leftOut.length > 0 && (
        <Paper withBorder radius="lg" p="lg">
          <Title order={2} size="h5" mb="xs">
            {count(leftOut.length, 'file')} left out
          </Title>
          <ul className="left-out">
            {leftOut.slice(0, 100).map(({ file, reason }) => (
              <li key={file.path}>
                <b>{file.path}</b> <span>{reason}</span>
              </li>
            ))}
          </ul>
          {leftOut.length > 100 && <Text size="sm">and {count(leftOut.length - 100, 'other')}</Text>}
        </Paper>
      )}
    </Stack>
  );
}

function Running({ run, finished }: { readonly run: ImportRun; readonly finished: () => void }): ReactElement {
  const of = (...states: string[]): number => run.files.filter(({ state }) => states.includes(state)).length;
  const open = of('waiting', 'sending');
  const total = run.files.length;
  const bad = of('failed', 'rejected', 'cancelled');
  return (
    <Stack>
      <Paper withBorder radius="lg" p="lg">
        <Stack gap="sm">
          <Group justify="space-between">
            <Title order={2} size="h4" aria-live="polite">
              {run.isRunning
                ? `${(total - open).toLocaleString('en')} of ${count(total, 'image')}`
                : bad === 0
                  ? 'Done'
                  : 'Done, with exceptions'}
            </Title>
            {run.isRunning ? (
              <Button variant="default" size="sm" onClick={() => imports.stop()}>
                Stop
              </Button>
            ) : (
              <Group gap="xs">
                <Button component="a" href={hrefOf('people', run.collectionId)} size="sm">
                  See the people
                </Button>
                <Button variant="default" size="sm" onClick={() => imports.clear()}>
                  Add more
                </Button>
              </Group>
            )}
          </Group>
          <Progress.Root size="lg" role="presentation">
            <Progress.Section value={(of('added', 'known') / total) * 100} color="teal" aria-label="Added" />
            <Progress.Section value={(bad / total) * 100} color="orange" aria-label="Not added" />
          </Progress.Root>
          <Group gap="lg">
            <Text size="sm">{count(of('added'), 'image')} added</Text>
            {of('known') > 0 && <Text size="sm">{of('known').toLocaleString('en')} were there already</Text>}
            {bad > 0 && <Text size="sm">{bad.toLocaleString('en')} not added</Text>}
          </Group>
          {run.isRunning && (
            <Text size="sm" c="dimmed">
              You may look at other screens meanwhile; keep this tab open until the last image is sent. Adding the same
              folder again adds only what is missing.
            </Text>
          )}
          {run.error && (
            <Alert color="orange" role="alert">
              {run.error}
            </Alert>
          )}
        </Stack>
      </Paper>
      <ImportList run={run} finished={finished} />
    </Stack>
  );
}
