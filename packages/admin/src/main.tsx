import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './page.css';
import {
  createTheme,
  localStorageColorSchemeManager,
  MantineProvider,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const blue: MantineColorsTuple = [
  '#eef2ff',
  '#dfe6fb',
  '#bccaf5',
  '#97adef',
  '#7793ea',
  '#6282e7',
  '#4c6ef5',
  '#3b5bdb',
  '#3049b3',
  '#243890',
];

const theme = createTheme({
  colors: { blue },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  autoContrast: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
  components: {
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
});

/** Greys that can be read on every ground of the page. */
const readableGreys: CSSVariablesResolver = () => ({
  variables: {},
  light: { '--mantine-color-dimmed': '#5a6270', '--mantine-color-placeholder': '#68717f' },
  dark: {
    '--mantine-color-dimmed': '#a9b1bd',
    '--mantine-color-placeholder': '#98a1ae',
    '--mantine-color-text': '#e3e6ea',
  },
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]')?.content ?? '';
// What locks the scrolling behind a dialog writes a style of its own.
setNonce(nonce);

createRoot(document.getElementById('root')!).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={readableGreys}
    defaultColorScheme="auto"
    colorSchemeManager={localStorageColorSchemeManager({ key: 'likeness-theme' })}
    getStyleNonce={() => nonce}
  >
    <Notifications position="bottom-right" limit={3} />
    <App />
  </MantineProvider>,
);
