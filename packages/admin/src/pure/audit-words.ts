/** What of the audit one looks at. */
export const AUDIT_VIEWS = {
  searches: { label: 'Searches', operations: ['searchFaces', 'verifyPerson', 'compareFaces'] },
  images: { label: 'Images that were shown', operations: ['readImages', 'readFaceCrops'] },
  all: { label: 'Everything', operations: undefined },
} as const;
export type AuditView = keyof typeof AUDIT_VIEWS;

export function viewOf(text: string | undefined): AuditView {
  return text !== undefined && Object.hasOwn(AUDIT_VIEWS, text) ? (text as AuditView) : 'searches';
}

const WORDS: Readonly<Record<string, string>> = {
  searchFaces: 'Searched for a face',
  verifyPerson: 'Asked whether somebody is a person',
  compareFaces: 'Compared two images',
  readImages: 'Looked at images',
  readFaceCrops: 'Looked at faces',
  job: 'Work in the background',
  eraseAudit: 'Erased rows of the audit',
  expireAudit: 'Removed old rows of the audit',
};

/** What was done, as one says it: `createPerson` is "Create person". */
export function actOf(operation: string | null | undefined): string {
  if (operation == null) return 'Erased';
  const words = operation.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return WORDS[operation] ?? words.charAt(0).toUpperCase() + words.slice(1);
}
