import type { ChannelsLastBuilder, Value } from '../channels-last';
import { floats } from '../graph';

/** Each channel times a factor, then plus an offset. */
export function scaled(
  x: Value,
  factor: Float32Array,
  offset: Float32Array,
  builder: ChannelsLastBuilder,
  place: string,
): Value {
  const vector = (part: string, data: Float32Array): Value =>
    builder.constant(`${place}/${part}`, floats(data.length === 1 ? [] : [data.length], data));
  const times = builder.binary('Mul', x, vector('factor', factor), place);
  return builder.binary('Add', times, vector('offset', offset), place);
}
