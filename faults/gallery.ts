import type { Findings } from './findings';
import type { Photo } from './photos';
import type { JobItem, Tenant } from './tenant';

/** What may be wrong with a photograph itself, so that none of it is lost when it is not enrolled. */
const OF_THE_PHOTO: ReadonlySet<string> = new Set(['NO_FACE_FOUND', 'AMBIGUOUS_FACE', 'IMAGE_UNREADABLE']);

/** Somebody who was enrolled and not deleted. */
export interface Enrolled {
  readonly photo: Photo;
  readonly personId: string;
  readonly faceId: string;
}

/** One collection, and what a caller knows that it must hold. */
export class Gallery {
  readonly enrolled = new Map<string, Enrolled>();
  readonly deleted: Enrolled[] = [];
  /** Photographs that were accepted and hold no face that can be enrolled. */
  unfit = 0;

  constructor(
    readonly id: string,
    private readonly tenant: Tenant,
    private readonly findings: Findings,
  ) {}

  /** Enrols photographs, and notes what became of each. */
  async enroll(photos: readonly Photo[]): Promise<void> {
    const items = await this.tenant.finish(await this.tenant.enroll(this.id, photos));
    if (items.length !== photos.length) this.findings.add(`a job of ${photos.length} images has ${items.length} items`);
    for (const item of items) this.note(item, photos[item.ordinal]!);
  }

  /** Deletes people, and looks for each at once: nobody may be found who is gone. */
  async remove(people: readonly Enrolled[]): Promise<void> {
    if (people.length === 0) return;
    for (const { photo } of people) this.enrolled.delete(photo.name);
    const jobId = await this.tenant.deletePersons(people.map(({ personId }) => personId));
    this.deleted.push(...people);
    for (const { photo } of people) {
      if ((await this.tenant.search(this.id, photo)).includes(photo.name)) {
        this.findings.add(`${photo.name} was found right after their deletion`);
      }
    }
    if (jobId !== null) await this.tenant.finish(jobId);
  }

  private note(item: JobItem, photo: Photo): void {
    const { state, error, faceRecords, duplicate } = item;
    const [face, ...others] = faceRecords;
    if (others.length > 0) this.findings.add(`${photo.name} was enrolled ${faceRecords.length} times`);
    if (duplicate) this.findings.add(`${photo.name} was told to be a duplicate`);
    if (face?.person) this.enrolled.set(photo.name, { photo, personId: face.person.id, faceId: face.id });
    else if (state === 'SUCCEEDED' || OF_THE_PHOTO.has(error?.code ?? '')) this.unfit += 1;
    else this.findings.add(`${photo.name} was accepted, and is ${state} (${error?.code}: ${error?.message})`);
  }
}
