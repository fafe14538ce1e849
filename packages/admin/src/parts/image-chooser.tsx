import { Button, Group, Text } from '@mantine/core';
import { useEffect, useRef, useState, type DragEvent, type ReactElement } from 'react';
import { Icon } from './icons.tsx';
import { Webcam } from './webcam.tsx';

/** Where a photograph to be asked about is dropped, pasted, chosen or taken. */
export function ImageChooser(props: {
  readonly take: (file: File | undefined) => void;
  readonly isSmall: boolean;
}): ReactElement {
  const [isOver, setOver] = useState(false);
  const [isCamera, setCamera] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { take } = props;
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file) take(file);
    };
    window.addEventListener('paste', paste);
    return () => window.removeEventListener('paste', paste);
  }, [take]);
  const size = props.isSmall ? 'xs' : 'sm';
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    take(event.dataTransfer.files[0]);
  };
  return (
    <div
      className={`drop ${isOver ? 'drop-over' : ''} ${props.isSmall ? 'drop-small' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {!props.isSmall && (
        <div className="empty-icon">
          <Icon name="search" size={34} />
        </div>
      )}
      <Text fw={600} ta="center">
        {props.isSmall ? 'Drop or paste another photograph' : 'Drop or paste a photograph here'}
      </Text>
      <Group gap="xs">
        <Button onClick={() => input.current?.click()} variant={props.isSmall ? 'default' : 'filled'} size={size}>
          Choose an image
        </Button>
        <Button onClick={() => setCamera(true)} variant="default" size={size}>
          Use the camera
        </Button>
      </Group>
      <Webcam isOpen={isCamera} take={take} close={() => setCamera(false)} />
      {!props.isSmall && (
        <Text size="sm" c="dimmed">
          It is only looked at, and not kept.
        </Text>
      )}
      <input
        ref={input}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        hidden
        aria-label="Image to search"
        data-testid="probe"
        onChange={(event) => {
          take(event.currentTarget.files?.[0]);
          event.currentTarget.value = '';
        }}
      />
    </div>
  );
}
