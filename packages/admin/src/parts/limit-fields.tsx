import { NumberInput, SimpleGrid } from '@mantine/core';
import type { ReactElement } from 'react';
import { LIMITS, type LimitName, type TypedLimits } from '../pure/tenant-limits.ts';

/** A field for each limit; those by the hour are folded away. */
export function LimitFields(props: {
  readonly typed: TypedLimits;
  readonly type: (name: LimitName, value: number | string) => void;
}): ReactElement {
  const fieldsOf = (isHourly: boolean): ReactElement => (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      {LIMITS.filter((limit) => Boolean(limit.isHourly) === isHourly).map(({ name, label }) => (
        <NumberInput
          key={name}
          label={label}
          placeholder="No limit"
          value={props.typed[name] ?? ''}
          onChange={(value) => props.type(name, value)}
          min={name === 'maxKeySharePercent' ? 1 : 0}
          max={name === 'maxKeySharePercent' ? 100 : 2_000_000_000}
          allowDecimal={false}
          thousandSeparator=","
        />
      ))}
    </SimpleGrid>
  );
  return (
    <>
      {fieldsOf(false)}
      <details className="more">
        <summary>How much in an hour</summary>
        {fieldsOf(true)}
      </details>
    </>
  );
}
