import { classifierManifestSchema, type ClassifierManifest } from './classifier-manifest';
import { checkManifest, jsonOf, packIdOf, parsePackManifest, type PackManifest } from './pack-manifest';

/** Of recognition packs, which say no kind, and of image classifiers. */
export type AnyManifest = PackManifest | ClassifierManifest;
export type PackKind = 'recognition' | 'classifier';
export interface ManifestOf {
  readonly recognition: PackManifest;
  readonly classifier: ClassifierManifest;
}

export function isClassifier(manifest: AnyManifest): manifest is ClassifierManifest {
  return 'kind' in manifest;
}

/** @throws Error when a pack is of the other kind, saying which setting is for it. */
export function assertKind<Kind extends PackKind>(manifest: AnyManifest, kind: Kind): ManifestOf[Kind] {
  if (isClassifier(manifest) !== (kind === 'classifier')) {
    throw new Error(
      isClassifier(manifest)
        ? `${packIdOf(manifest)} is an image classifier and knows no faces: LIKENESS_CLASSIFIERS names those that serve`
        : `${packIdOf(manifest)} is a recognition pack and no classifier: LIKENESS_PACKS names those that serve`,
    );
  }
  return manifest as ManifestOf[Kind];
}

/** @throws Error naming every field of a `pack.json` that is wrong. */
export function parseManifest(text: string, where: string): AnyManifest {
  const value = jsonOf(text, where);
  const saysKind = value !== null && typeof value === 'object' && 'kind' in value;
  return saysKind ? checkManifest(classifierManifestSchema, value, where) : parsePackManifest(text, where);
}
