/** Leaves out the last person of a list that was cut, of whom there may be more faces; a person alone in it stays. */
export function wholePersons<Face extends { readonly personId: string }>(
  faces: readonly Face[],
  limit: number,
): { readonly whole: readonly Face[]; readonly isCut: boolean } {
  if (faces.length <= limit) return { whole: faces, isCut: false };
  const last = faces[limit]!.personId;
  const whole = faces.filter(({ personId }) => personId !== last);
  return { whole: whole.length > 0 ? whole : faces.slice(0, limit), isCut: true };
}

/** Faces of each person, in the order in which they came. */
export function groupByPerson<Face extends { readonly personId: string }>(faces: readonly Face[]): Map<string, Face[]> {
  const byPerson = new Map<string, Face[]>();
  for (const face of faces) {
    const own = byPerson.get(face.personId);
    if (own) own.push(face);
    else byPerson.set(face.personId, [face]);
  }
  return byPerson;
}
