import { useState, type ReactElement } from 'react';
import type { Box } from '../pure/label-places.ts';
import { frameOf, type Size } from '../pure/square.ts';

/** A face of a photograph that is not kept: the photograph itself, behind a window. */
export function ProbeCrop(props: { readonly src: string; readonly box: Box; readonly alt: string }): ReactElement {
  const [size, setSize] = useState<Size | null>(null);
  return (
    <div className="crop probe-crop">
      <img
        src={props.src}
        alt={props.alt}
        style={size ? frameOf(props.box, size) : { visibility: 'hidden' }}
        onLoad={({ currentTarget }) =>
          setSize({ width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })
        }
      />
    </div>
  );
}
