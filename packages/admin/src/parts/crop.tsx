import { useState, type ReactElement } from 'react';
import { here } from '../api.ts';
import { Icon } from './icons.tsx';

/** A face, square. What was deleted meanwhile, or has no face, is drawn as a silhouette. */
export function Crop(props: {
  readonly url: string | undefined;
  readonly alt: string;
  readonly eager?: boolean;
}): ReactElement {
  const [failed, setFailed] = useState<string>();
  const { url, alt } = props;
  if (url === undefined || failed === url) {
    return (
      <div className="crop crop-none" role="img" aria-label={alt}>
        <Icon name="people" size={36} />
      </div>
    );
  }
  return (
    <img
      className="crop"
      src={here(url)}
      alt={alt}
      loading={props.eager ? 'eager' : 'lazy'}
      decoding="async"
      onError={() => setFailed(url)}
    />
  );
}
