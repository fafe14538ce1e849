import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { useEffect, useRef, useState, type ReactElement } from 'react';

const REFUSALS: Readonly<Record<string, string>> = {
  NotAllowedError: 'This page may not use the camera. Allow it in the browser, beside the address, and try again.',
  NotFoundError: 'This computer has no camera. Drop, paste or choose a photograph instead.',
  NotReadableError: 'Another program uses the camera. Close it, and try again.',
};
const WIDTH = 1280;

/** One picture of the camera. */
export function Webcam(props: {
  readonly isOpen: boolean;
  readonly take: (picture: File) => void;
  readonly close: () => void;
}): ReactElement {
  return (
    <Modal opened={props.isOpen} onClose={props.close} title="Take a picture" centered size="lg">
      {props.isOpen && <Camera take={props.take} close={props.close} />}
    </Modal>
  );
}

function Camera(props: { readonly take: (picture: File) => void; readonly close: () => void }): ReactElement {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isReady, setReady] = useState(false);
  useEffect(() => {
    let isOver = false;
    let stream: MediaStream | undefined;
    const open = async (): Promise<void> => {
      // Browsers have it over https and on this machine alone.
      if (!('mediaDevices' in navigator))
        throw new Error('This browser gives no camera to a page that is not on https.');
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: WIDTH } } });
      if (isOver) return stop();
      video.current!.srcObject = stream;
      await video.current!.play();
      setReady(true);
    };
    const stop = (): void => stream?.getTracks().forEach((track) => track.stop());
    open().catch((error: unknown) => {
      if (!isOver) setProblem(REFUSALS[(error as Error).name] ?? (error as Error).message);
    });
    return () => {
      isOver = true;
      stop();
    };
  }, []);
  const snap = (): void => {
    const { videoWidth, videoHeight } = video.current!;
    const canvas = document.createElement('canvas');
    canvas.width = videoWidth;
    canvas.height = videoHeight;
    canvas.getContext('2d')!.drawImage(video.current!, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (blob) props.take(new File([blob], 'camera.jpg', { type: 'image/jpeg' }));
        props.close();
      },
      'image/jpeg',
      0.95,
    );
  };
  return (
    <Stack>
      {problem ? (
        <Alert color="red" role="alert">
          {problem}
        </Alert>
      ) : (
        <video ref={video} className="camera" muted playsInline aria-label="What the camera sees" />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={props.close}>
          Cancel
        </Button>
        <Button onClick={snap} disabled={!isReady}>
          Take it
        </Button>
      </Group>
    </Stack>
  );
}
