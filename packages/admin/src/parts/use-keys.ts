import { useEffect } from 'react';

/** Letters that do something anywhere on a screen, but where somebody types or a dialog asks. A key that is held does it once. */
export function useKeys(keys: Readonly<Record<string, (() => void) | undefined>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const { target, key, ctrlKey, metaKey, altKey, shiftKey, repeat } = event;
      if (ctrlKey || metaKey || altKey || shiftKey || repeat) return;
      if (target instanceof Element && target.closest('input, textarea, [role="dialog"]')) return;
      const act = keys[key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [keys]);
}
