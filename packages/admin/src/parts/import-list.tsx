import { Badge, Button, Group, Paper, Text, Title } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { imports, type FileState, type ImportedFile, type ImportRun } from '../imports.ts';
import { styleOf } from '../pure/label-places.ts';
import { REASONS, count } from '../pure/words.ts';
import { useSession } from '../session.tsx';
import { Icon } from './icons.tsx';

const STATES: Readonly<Record<FileState, { readonly word: string; readonly colour: string }>> = {
  waiting: { word: 'Waiting', colour: 'gray' },
  sending: { word: 'Working', colour: 'blue' },
  added: { word: 'Added', colour: 'teal' },
  known: { word: 'There already', colour: 'teal' },
  rejected: { word: 'No good face', colour: 'orange' },
  failed: { word: 'Not added', colour: 'red' },
  cancelled: { word: 'Stopped', colour: 'gray' },
};

const ROW = 44;

/** What became of each file: first what went wrong, with a picture and what to do, then all of them. */
export function ImportList({
  run,
  finished,
}: {
  readonly run: ImportRun;
  readonly finished: () => void;
}): ReactElement {
  const { client } = useSession();
  const wrong = run.files.filter(({ state }) => state === 'failed' || state === 'rejected');
  const again = run.files.filter(
    ({ state, code }) => state === 'cancelled' || (state === 'failed' && code !== 'AMBIGUOUS_FACE'),
  );
  const ambiguous = wrong.filter(({ code }) => code === 'AMBIGUOUS_FACE');
  const retry = (files: readonly ImportedFile[], largest = false): void =>
    void imports.retry(client, new Set(files.map(({ path }) => path)), { largest }, finished);
  return (
    <>
      {(wrong.length > 0 || again.length > 0) && (
        <Paper withBorder radius="lg" p="lg">
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h5">
              {wrong.length > 0 ? `${count(wrong.length, 'image')} not added` : 'Not finished'}
            </Title>
            {!run.isRunning && (
              <Group gap="xs">
                {ambiguous.length > 0 && (
                  <Button size="xs" variant="light" onClick={() => retry(ambiguous, true)}>
                    Take the largest face of {count(ambiguous.length, 'image')}
                  </Button>
                )}
                {again.length > 0 && (
                  <Button
                    size="xs"
                    variant="default"
                    onClick={() => retry(again)}
                    leftSection={<Icon name="refresh" size={14} />}
                  >
                    Try {count(again.length, 'image')} again
                  </Button>
                )}
              </Group>
            )}
          </Group>
          <ul className="failures">
            {wrong.slice(0, 60).map((file) => (
              <Failure
                key={file.path}
                file={file}
                retry={run.isRunning || !again.includes(file) ? undefined : () => retry([file])}
              />
            ))}
          </ul>
          {wrong.length > 60 && <Text size="sm">and {count(wrong.length - 60, 'other')}</Text>}
        </Paper>
      )}
      <AllFiles files={run.files} />
    </>
  );
}

function Failure({
  file,
  retry,
}: {
  readonly file: ImportedFile;
  /** Undefined: it would end the same way, or something is under way. */
  readonly retry: (() => void) | undefined;
}): ReactElement {
  const url = useObjectUrl(file.file);
  const [isImage, setImage] = useState(true);
  const words = file.state === 'rejected' ? reasonsInWords(file.reason ?? '') : file.reason;
  return (
    <li className="failure">
      <div className="failure-image">
        {url && isImage ? (
          <>
            <img src={url} alt="" onError={() => setImage(false)} />
            {file.boxes?.map((box, index) => (
              <span key={index} className="failure-box" style={styleOf(box)} />
            ))}
          </>
        ) : (
          <Icon name="image" size={28} />
        )}
      </div>
      <div className="row-text">
        <Text fw={500} className="break">
          {file.path}
        </Text>
        <Text size="sm" c="dimmed">
          {words}
        </Text>
        {retry && (
          <Button size="compact-xs" variant="subtle" aria-label={`Try again: ${file.path}`} onClick={retry}>
            Try again
          </Button>
        )}
      </div>
    </li>
  );
}

function reasonsInWords(codes: string): string {
  const words = [...new Set(codes.split(' '))].flatMap((code) => REASONS[code as keyof typeof REASONS] ?? []);
  return `The face was found, but searches will not look at it: ${words.join(', ').toLowerCase() || 'not good enough'}. It is kept; a better picture helps.`;
}

function AllFiles({ files }: { readonly files: readonly ImportedFile[] }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: files.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  return (
    <Paper withBorder radius="lg" p="lg">
      <Title order={2} size="h5" mb="sm">
        All files
      </Title>
      <div ref={scroller} className="all-files" tabIndex={0} role="region" aria-label="All files">
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }} role="list">
          {virtual.getVirtualItems().map(({ index, start, key }) => {
            const { path, person, state, faces } = files[index]!;
            return (
              <div
                key={key}
                role="listitem"
                className="file-row"
                style={{ transform: `translateY(${start}px)`, height: ROW }}
              >
                <Text size="sm" truncate flex={1}>
                  {path}
                </Text>
                <Text size="sm" c="dimmed" truncate visibleFrom="xs">
                  {person ?? (faces === undefined ? '' : count(faces, 'face'))}
                </Text>
                <Badge variant="light" color={STATES[state].colour} className="plain-badge">
                  {STATES[state].word}
                </Badge>
              </div>
            );
          })}
        </div>
      </div>
    </Paper>
  );
}

/** A picture of a file that is on this machine alone. */
export function useObjectUrl(file: Blob | null): string | undefined {
  const url = useMemo(() => (file ? URL.createObjectURL(file) : undefined), [file]);
  useEffect(() => () => void (url && URL.revokeObjectURL(url)), [url]);
  return url;
}
