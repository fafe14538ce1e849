import { Anchor, Group, Progress, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useImport } from '../imports.ts';
import { hrefOf, type Place } from '../pure/routes.ts';

/** A line at the top of other screens while an import runs. */
export function ImportStatus({ place }: { readonly place: Place }): ReactElement | null {
  const run = useImport();
  if (!run?.isRunning || place.screen === 'add') return null;
  const done = run.files.filter(({ state }) => state !== 'waiting' && state !== 'sending').length;
  return (
    <div className="import-status" role="status">
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          Adding images: {done.toLocaleString('en')} of {run.files.length.toLocaleString('en')}
        </Text>
        <Anchor size="sm" href={hrefOf('add', run.collectionId)}>
          Show
        </Anchor>
      </Group>
      <Progress value={(done / run.files.length) * 100} size="sm" mt={4} aria-label="Images added" />
    </div>
  );
}
