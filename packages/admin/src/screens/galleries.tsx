import { GrantedGalleriesDocument } from '@likeness/client';
import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { CelebritySearch } from '../parts/celebrity-search.tsx';
import { GrantedGalleries, type GrantedGallery } from '../parts/granted-galleries.tsx';
import { OwnGalleries } from '../parts/own-galleries.tsx';
import { Problem, ScreenHead, Waiting } from '../parts/states.tsx';
import { useSession } from '../session.tsx';

/** Known people whom tenants let each other look up. */
export default function Galleries(): ReactElement {
  const { client, may } = useSession();
  const granted = useQuery({
    queryKey: ['granted-galleries'],
    queryFn: async ({ signal }) => {
      const rows: GrantedGallery[] = [];
      const pages = client.rows(GrantedGalleriesDocument, { first: 100 }, (data) => data.grantedGalleries, { signal });
      for await (const one of pages) rows.push(one);
      return rows;
    },
  });
  if (granted.error) return <Problem error={granted.error} retry={() => void granted.refetch()} />;
  if (!granted.data) return <Waiting />;
  return (
    <>
      <ScreenHead title="Galleries" text="Known people whom tenants let each other look up, and nothing more." />
      <Stack gap="xl">
        {granted.data.length > 0 && may('SEARCH') && <CelebritySearch galleries={granted.data} />}
        <GrantedGalleries galleries={granted.data} />
        {may('ADMIN') && <OwnGalleries />}
      </Stack>
    </>
  );
}
