import { useLayoutEffect, useSyncExternalStore } from 'react';
import { hrefOf, placeOf, type Place, type Screen } from './pure/routes.ts';

/** How far down each place was when it was left: coming back keeps it. */
const scrolled = new Map<string, number>();
let isBack = false;
let current = location.hash;

window.addEventListener('popstate', () => (isBack = true));
window.addEventListener('scroll', () => scrolled.set(current, window.scrollY), { passive: true });

function subscribe(listener: () => void): () => void {
  const changed = (): void => {
    current = location.hash;
    listener();
  };
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return placeOf(hash);
}

export function go(screen: Screen, id = '', query: Readonly<Record<string, string | undefined>> = {}): void {
  isBack = false;
  location.hash = hrefOf(screen, id, query);
}

/** The same place with another question, without a step for the back button. */
export function replaceQuery(
  { screen, id, query }: Place,
  changes: Readonly<Record<string, string | undefined>>,
): void {
  const next = hrefOf(screen, id, { ...query, ...changes });
  const at = window.scrollY;
  history.replaceState(null, '', next);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
  scrolled.set(next, at);
}

/** Puts a screen where it was left, once what it shows is there. A new place begins at its top. */
export function useScrollMemory(isReady: boolean): void {
  const hash = location.hash;
  useLayoutEffect(() => {
    if (!isReady) return;
    window.scrollTo(0, isBack ? (scrolled.get(hash) ?? 0) : 0);
    isBack = false;
    // Where the question alone has changed one stays where one is.
  }, [isReady, hash.split('?', 1)[0]]);
}
