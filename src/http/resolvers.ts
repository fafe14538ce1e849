import { ApiKeyResolver } from '../modules/api-keys/api-key.resolver';
import { AuditResolver } from '../modules/audit/audit.resolver';
import { ConfirmationResolver } from '../modules/audit/confirmation.resolver';
import { ClassificationResolver } from '../modules/classification/classification.resolver';
import { CollectionResolver } from '../modules/collections/collection.resolver';
import { CurationResolver } from '../modules/curation/curation.resolver';
import { FaceAdditionResolver } from '../modules/curation/face-addition.resolver';
import { OperationResolver } from '../modules/curation/operation.resolver';
import { EnrollmentResolver } from '../modules/enrollment/enrollment.resolver';
import { CollectionEventsResolver } from '../modules/events/event-cursor.resolver';
import { EventResolver } from '../modules/events/event.resolver';
import { CollectionFacesResolver } from '../modules/faces/face-counts.resolver';
import { FaceResolver, PersonFacesResolver } from '../modules/faces/face.resolver';
import { ImageResolver } from '../modules/faces/image.resolver';
import { GalleryResolver } from '../modules/gallery/gallery.resolver';
import { FaceGroupResolver, GroupingResolver } from '../modules/grouping/grouping.resolver';
import { JobResolver } from '../modules/jobs/job.resolver';
import { NodeResolver } from '../modules/nodes/node.resolver';
import { PackResolver } from '../modules/packs/pack.resolver';
import { PersonResolver } from '../modules/persons/person.resolver';
import { UploadResolver } from '../modules/images/upload.resolver';
import { CelebrityResolver } from '../modules/sharing/celebrity.resolver';
import { SharedGalleryResolver } from '../modules/sharing/shared-gallery.resolver';
import { RecognitionResolver } from '../modules/recognition/recognition.resolver';
import { ReembeddingResolver } from '../modules/reembedding/reembedding.resolver';
import { TenantResolver } from '../modules/tenants/tenant.resolver';
import { UsageResolver } from '../modules/usage/usage.resolver';
import { ViewerResolver } from '../modules/viewer/viewer.resolver';

type ResolverClass = abstract new (...parts: never[]) => object;

/** Every resolver class of the schema; the container makes one instance of each. */
export const resolverClasses: [ResolverClass, ...ResolverClass[]] = [
  TenantResolver,
  ApiKeyResolver,
  AuditResolver,
  ConfirmationResolver,
  ViewerResolver,
  UsageResolver,
  PackResolver,
  ClassificationResolver,
  CollectionResolver,
  PersonResolver,
  FaceResolver,
  ImageResolver,
  PersonFacesResolver,
  CollectionFacesResolver,
  ReembeddingResolver,
  CurationResolver,
  FaceAdditionResolver,
  OperationResolver,
  GroupingResolver,
  GalleryResolver,
  FaceGroupResolver,
  NodeResolver,
  UploadResolver,
  RecognitionResolver,
  SharedGalleryResolver,
  CelebrityResolver,
  EnrollmentResolver,
  JobResolver,
  EventResolver,
  CollectionEventsResolver,
];
