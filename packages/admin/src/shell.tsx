import {
  ActionIcon,
  AppShell,
  Box,
  Burger,
  Menu,
  NavLink,
  Select,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
  VisuallyHidden,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useEffect, type ComponentType, type ReactElement } from 'react';
import { useCollections, useCollectionChoice } from './collection-choice.tsx';
import { ImportStatus } from './parts/import-status.tsx';
import { Icon, Logo, type IconName } from './parts/icons.tsx';
import { Waiting } from './parts/states.tsx';
import { hrefOf, type Place, type Screen } from './pure/routes.ts';
import { go, usePlace } from './router.ts';
import { useSession } from './session.tsx';

type ScreenComponent = ComponentType<{ readonly place: Place }>;

/** Each is loaded when it is first gone to. */
const SCREENS: Readonly<Record<Screen, ScreenComponent>> = {
  overview: lazy(() => import('./screens/overview.tsx')),
  collections: lazy(() => import('./screens/collections.tsx')),
  people: lazy(() => import('./screens/people.tsx')),
  person: lazy(() => import('./screens/person.tsx')),
  add: lazy(() => import('./screens/add.tsx')),
  search: lazy(() => import('./screens/search.tsx')),
  unnamed: lazy(() => import('./screens/unnamed.tsx')),
  image: lazy(() => import('./screens/image.tsx')),
  jobs: lazy(() => import('./screens/jobs.tsx')),
  keys: lazy(() => import('./screens/keys.tsx')),
  audit: lazy(() => import('./screens/audit.tsx')),
  usage: lazy(() => import('./screens/usage.tsx')),
  galleries: lazy(() => import('./screens/galleries.tsx')),
  tenants: lazy(() => import('./screens/tenants.tsx')),
};

interface Entry {
  readonly screen: Screen;
  readonly label: string;
  readonly icon: IconName;
  readonly scope?: string;
  /** Whether it shows one collection. */
  readonly ofCollection?: boolean;
}

const ENTRIES: readonly Entry[] = [
  { screen: 'overview', label: 'Overview', icon: 'home' },
  { screen: 'people', label: 'People', icon: 'people', scope: 'READ', ofCollection: true },
  { screen: 'unnamed', label: 'Unnamed faces', icon: 'unnamed', scope: 'READ', ofCollection: true },
  { screen: 'search', label: 'Search', icon: 'search', scope: 'SEARCH', ofCollection: true },
  { screen: 'add', label: 'Add images', icon: 'add', scope: 'ENROLL', ofCollection: true },
  { screen: 'collections', label: 'Collections', icon: 'collections', scope: 'READ' },
  { screen: 'galleries', label: 'Galleries', icon: 'galleries', scope: 'SEARCH' },
  { screen: 'jobs', label: 'Jobs', icon: 'jobs', scope: 'READ' },
  { screen: 'keys', label: 'Keys', icon: 'keys', scope: 'ADMIN' },
  { screen: 'usage', label: 'Usage', icon: 'usage', scope: 'ADMIN' },
  { screen: 'audit', label: 'Audit', icon: 'audit', scope: 'AUDIT' },
];

const OPERATOR_ENTRIES: readonly Entry[] = [{ screen: 'tenants', label: 'Tenants', icon: 'tenants' }];
/** Where the operator goes from a tenant. */
const OPERATOR_SCREENS: readonly Screen[] = ['tenants', 'keys', 'usage'];

const TITLES: Readonly<Partial<Record<Screen, string>>> = { person: 'Person', image: 'Image', tenants: 'Tenants' };

export function Shell(): ReactElement {
  const { session, may } = useSession();
  const [isOpen, { toggle, close }] = useDisclosure();
  const asked = usePlace();
  const isOperator = session.tenant === null;
  const place: Place = isOperator && !OPERATOR_SCREENS.includes(asked.screen) ? { ...asked, screen: 'tenants' } : asked;
  const entries = isOperator ? OPERATOR_ENTRIES : ENTRIES.filter(({ scope }) => scope === undefined || may(scope));
  const ShownScreen = SCREENS[place.screen];
  useEffect(() => {
    const label = TITLES[place.screen] ?? ENTRIES.find(({ screen }) => screen === place.screen)?.label;
    document.title = label ? `${label} · Likeness` : 'Likeness';
  }, [place.screen]);
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'lg' }}
    >
      <a className="skip" href="#main" onClick={(event) => skipTo(event)}>
        Skip to the content
      </a>
      <AppShell.Header className="header">
        <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
        <a className="brand" href={hrefOf('overview')} aria-label="Likeness">
          <Logo />
          <Text component="span" fw={650} visibleFrom="xs">
            Likeness
          </Text>
        </a>
        {!isOperator && may('READ') && <CollectionSelect place={place} />}
        <Box flex={1} />
        <ThemeButton />
        <AccountMenu />
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Screens">
        <NavEntries entries={entries} place={place} close={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="content">
          <ImportStatus place={place} />
          <Suspense fallback={<Waiting />}>
            <ShownScreen key={`${place.screen} ${place.id}`} place={place} />
          </Suspense>
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function skipTo(event: React.MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function NavEntries(props: {
  readonly entries: readonly Entry[];
  readonly place: Place;
  readonly close: () => void;
}): ReactElement {
  const collectionId = useCollectionChoice(props.place);
  return (
    <>
      {props.entries.map(({ screen, label, icon, ofCollection }) => (
        <NavLink
          key={screen}
          href={hrefOf(screen, ofCollection ? collectionId : '')}
          label={label}
          leftSection={<Icon name={icon} />}
          active={props.place.screen === screen || (screen === 'people' && props.place.screen === 'person')}
          aria-current={props.place.screen === screen ? 'page' : undefined}
          onClick={props.close}
          className="nav-link"
        />
      ))}
    </>
  );
}

function CollectionSelect({ place }: { readonly place: Place }): ReactElement | null {
  const collections = useCollections();
  const chosen = useCollectionChoice(place);
  if (!collections.data || collections.data.length === 0) return null;
  const isOfCollection = ENTRIES.some((entry) => entry.ofCollection && entry.screen === place.screen);
  return (
    <Select
      aria-label="Collection"
      className="collection-select"
      size="sm"
      data={collections.data.map(({ id, name }) => ({ value: id, label: name }))}
      value={chosen || null}
      onChange={(id) => id && go(isOfCollection ? place.screen : 'people', id)}
      allowDeselect={false}
      leftSection={<Icon name="collections" size={16} />}
      comboboxProps={{ withinPortal: true }}
      searchable={collections.data.length > 10}
    />
  );
}

function ThemeButton(): ReactElement {
  const { setColorScheme } = useMantineColorScheme();
  const shown = useComputedColorScheme('light');
  const other = shown === 'light' ? 'dark' : 'light';
  return (
    <Tooltip label={`Use the ${other} theme`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={`Use the ${other} theme`}
        onClick={() => setColorScheme(other)}
      >
        <Icon name={other === 'dark' ? 'moon' : 'sun'} />
      </ActionIcon>
    </Tooltip>
  );
}

function AccountMenu(): ReactElement {
  const { session, leave } = useSession();
  const name = session.tenant?.name ?? 'Operator';
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className="account">
          <span className="account-badge" aria-hidden="true">
            {name.slice(0, 1).toUpperCase()}
          </span>
          <Text component="span" size="sm" visibleFrom="sm" truncate maw={160}>
            {name}
          </Text>
          <VisuallyHidden>account</VisuallyHidden>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {name}, with the key “{session.keyName}”
        </Menu.Label>
        <Menu.Item leftSection={<Icon name="out" size={16} />} onClick={leave}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
