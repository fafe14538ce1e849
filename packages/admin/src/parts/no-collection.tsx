import { Button } from '@mantine/core';
import type { ReactElement } from 'react';
import { hrefOf } from '../pure/routes.ts';
import { useSession } from '../session.tsx';
import { Icon } from './icons.tsx';
import { Empty } from './states.tsx';

/** Nothing can be done before there is a collection. */
export function NoCollection(): ReactElement {
  const { may } = useSession();
  return (
    <Empty
      icon="collections"
      title="Make your first collection"
      action={
        may('WRITE') ? (
          <Button
            component="a"
            href={hrefOf('collections', '', { make: '1' })}
            leftSection={<Icon name="plus" size={18} />}
          >
            Make a collection
          </Button>
        ) : undefined
      }
    >
      A collection holds people and their faces, and is what you search in.
      {may('WRITE')
        ? ' One is enough to begin with.'
        : ' Your key may not make one: ask for a key that may change things.'}
    </Empty>
  );
}
