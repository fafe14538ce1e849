import { createTenant, SEARCH, type TestTenant } from '../factories/tenant';
import type { Answer, Data } from '../fixtures/client';
import { cutOut, partyPhoto, type Box } from '../fixtures/photos';
import { describeOnEveryEngines, TestPlatform, testPack } from '../fixtures/platform';

/** Everything that one tenant has, so that another can ask for it. */
interface Belongings {
  readonly tenantId: string;
  readonly collectionId: string;
  readonly collectionName: string;
  readonly personId: string;
  readonly externalId: string;
  readonly externalImageId: string;
  /** Assigned to the person. */
  readonly faceId: string;
  /** Of an image that nobody was named for. */
  readonly strayFaceId: string;
  readonly imageId: string;
  readonly imageUrl: string;
  readonly jobId: string;
  readonly galleryId: string;
  /** By which a third tenant has the gallery. */
  readonly grantId: string;
  /** That gave the person their name once more. */
  readonly operationId: string;
  /** Received and unused. */
  readonly uploadId: string;
  readonly apiKeyId: string;
  /** Of lists and of events. */
  readonly cursors: Readonly<
    Record<
      'collections' | 'persons' | 'faces' | 'images' | 'jobs' | 'apiKeys' | 'auditLog' | 'operations' | 'events',
      string
    >
  >;
}

interface Attempt {
  readonly query: string;
  readonly variables: (theirs: Belongings, mine: Belongings) => Data;
  /** What the caller must get: an error with this code, or data that satisfies this. */
  readonly expected: string | ((data: Data, mine: Belongings) => void);
}

const gives = (data: Data) => (answer: Data) => expect(answer).toEqual(data);
const image = (uploadId: string): Data => ({ uploadId });
const theseDays = (): Data => ({
  from: new Date(Date.now() - 86_400_000).toISOString(),
  to: new Date(Date.now() + 86_400_000).toISOString(),
});

/** Every root field of the schema, called with what is another tenant's. */
const ATTEMPTS: Readonly<Record<string, readonly Attempt[]>> = {
  'Query.viewer': [
    {
      query: `{ viewer { tenant { id } usage { collections persons faces } } }`,
      variables: () => ({}),
      expected: ({ viewer }, mine) =>
        expect(viewer).toEqual({ tenant: { id: mine.tenantId }, usage: { collections: 1, persons: 1, faces: 2 } }),
    },
  ],
  'Query.modelPacks': [
    {
      query: `{ modelPacks { id } }`,
      variables: () => ({}),
      expected: ({ modelPacks }) => expect(modelPacks).toHaveLength(1),
    },
  ],
  'Query.tenants': [{ query: `{ tenants { nodes { id } } }`, variables: () => ({}), expected: 'FORBIDDEN' }],
  'Query.tenant': [
    {
      query: `query ($id: ID!) { tenant(id: $id) { id } }`,
      variables: ({ tenantId }) => ({ id: tenantId }),
      expected: 'FORBIDDEN',
    },
  ],
  'Query.apiKeys': [
    {
      query: `{ apiKeys { nodes { id } } }`,
      variables: () => ({}),
      expected: ({ apiKeys }, mine) => expect(apiKeys.nodes).toEqual([{ id: mine.apiKeyId }]),
    },
    {
      query: `query ($tenantId: ID!) { apiKeys(tenantId: $tenantId) { nodes { id } } }`,
      variables: ({ tenantId }) => ({ tenantId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($after: String!) { apiKeys(after: $after) { nodes { id } } }`,
      variables: ({ cursors }) => ({ after: cursors.apiKeys }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.auditLog': [
    {
      query: `{ auditLog(first: 1000) { nodes { content } } }`,
      variables: () => ({}),
      expected: ({ auditLog }, mine) => {
        const owners = auditLog.nodes.map((row: Data) => (JSON.parse(row.content as string) as Data).tenantId);
        expect(owners.length).toBeGreaterThan(0);
        expect(new Set(owners)).toEqual(new Set([mine.tenantId]));
      },
    },
    {
      query: `query ($id: ID!) { auditLog(filter: { subjectId: $id }) { nodes { id } } }`,
      variables: ({ personId }) => ({ id: personId }),
      expected: gives({ auditLog: { nodes: [] } }),
    },
    {
      query: `query ($after: String!) { auditLog(after: $after) { nodes { id } } }`,
      variables: ({ cursors }) => ({ after: cursors.auditLog }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.auditCheckpoint': [
    {
      query: `{ auditCheckpoint { tenantId } }`,
      variables: () => ({}),
      expected: ({ auditCheckpoint }, mine) => expect(auditCheckpoint).toEqual({ tenantId: mine.tenantId }),
    },
  ],
  'Query.usage': [
    {
      query: `query ($from: DateTime!, $to: DateTime!) { usage(from: $from, to: $to) { imagesEnrolled uploads } }`,
      variables: () => theseDays(),
      expected: ({ usage }) => expect(usage.length).toBeLessThanOrEqual(2),
    },
    {
      query: `query ($from: DateTime!, $to: DateTime!, $key: ID!) { usage(from: $from, to: $to, apiKeyId: $key) { day } }`,
      variables: ({ apiKeyId }) => ({ ...theseDays(), key: apiKeyId }),
      expected: gives({ usage: [] }),
    },
    {
      query: `query ($from: DateTime!, $to: DateTime!, $id: ID!) { usage(from: $from, to: $to, tenantId: $id) { day } }`,
      variables: ({ tenantId }) => ({ ...theseDays(), id: tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.collections': [
    {
      query: `{ collections { nodes { id } } }`,
      variables: () => ({}),
      expected: ({ collections }, mine) => expect(collections.nodes).toEqual([{ id: mine.collectionId }]),
    },
    {
      query: `query ($after: String!) { collections(after: $after) { nodes { id } } }`,
      variables: ({ cursors }) => ({ after: cursors.collections }),
      expected: 'BAD_USER_INPUT',
    },
    {
      query: `query ($text: String!) { collections(filter: { text: $text }) { nodes { id } } }`,
      variables: ({ collectionName }) => ({ text: collectionName }),
      expected: gives({ collections: { nodes: [] } }),
    },
  ],
  'Query.collection': [
    {
      query: `query ($id: ID!) { collection(id: $id) { id } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: gives({ collection: null }),
    },
    {
      query: `query ($name: String!) { collection(name: $name) { id } }`,
      variables: ({ collectionName }) => ({ name: collectionName }),
      expected: gives({ collection: null }),
    },
  ],
  'Query.persons': [
    {
      query: `query ($id: ID!) { persons(collectionId: $id) { nodes { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: gives({ persons: { nodes: [] } }),
    },
    {
      query: `query ($id: ID!) { persons(collectionId: $id, orderBy: { field: NAME }, startAt: "a") { nodes { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: ({ persons }) => expect(persons.nodes).toEqual([]),
    },
    {
      query: `query ($id: ID!, $after: String!) { persons(collectionId: $id, after: $after) { nodes { id } } }`,
      variables: ({ cursors }, mine) => ({ id: mine.collectionId, after: cursors.persons }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.person': [
    {
      query: `query ($id: ID!) { person(id: $id) { id faces { nodes { id } } } }`,
      variables: ({ personId }) => ({ id: personId }),
      expected: gives({ person: null }),
    },
  ],
  'Query.faces': [
    {
      query: `query ($id: ID!) { faces(filter: { collectionId: $id }) { nodes { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: gives({ faces: { nodes: [] } }),
    },
    {
      query: `query ($id: ID!) { faces(filter: { personId: $id }) { nodes { id } } }`,
      variables: ({ personId }) => ({ id: personId }),
      expected: gives({ faces: { nodes: [] } }),
    },
    {
      query: `query ($after: String!) { faces(after: $after) { nodes { id } } }`,
      variables: ({ cursors }) => ({ after: cursors.faces }),
      expected: 'BAD_USER_INPUT',
    },
    {
      query: `{ faces { nodes { id } } }`,
      variables: () => ({}),
      expected: ({ faces }, mine) =>
        expect(faces.nodes.map((face: Data) => face.id).sort()).toEqual([mine.faceId, mine.strayFaceId].sort()),
    },
  ],
  'Query.face': [
    {
      query: `query ($id: ID!) { face(id: $id) { id cropUrl image { id url } } }`,
      variables: ({ faceId }) => ({ id: faceId }),
      expected: gives({ face: null }),
    },
  ],
  'Query.images': [
    {
      query: `query ($id: ID!) { images(collectionId: $id) { totalCount nodes { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: gives({ images: { totalCount: 0, nodes: [] } }),
    },
    {
      query: `query ($id: ID!, $personId: ID!) {
        images(collectionId: $id, filter: { personId: $personId }) { nodes { id } }
      }`,
      variables: ({ personId }, mine) => ({ id: mine.collectionId, personId }),
      expected: gives({ images: { nodes: [] } }),
    },
    {
      query: `query ($id: ID!, $after: String!) { images(collectionId: $id, after: $after) { nodes { id } } }`,
      variables: ({ cursors }, mine) => ({ id: mine.collectionId, after: cursors.images }),
      expected: 'BAD_USER_INPUT',
    },
    {
      query: `query ($id: ID!) { images(collectionId: $id) { nodes { faces { totalCount nodes { id } } } } }`,
      variables: (_theirs, mine) => ({ id: mine.collectionId }),
      expected: ({ images }, mine) =>
        expect(images.nodes.flatMap(({ faces }: Data) => faces.nodes.map((face: Data) => face.id)).sort()).toEqual(
          [mine.faceId, mine.strayFaceId].sort(),
        ),
    },
  ],
  'Query.image': [
    {
      query: `query ($id: ID!) { image(id: $id) { id url faces { nodes { id } } } }`,
      variables: ({ imageId }) => ({ id: imageId }),
      expected: gives({ image: null }),
    },
  ],
  'Query.node': (['tenantId', 'collectionId', 'personId', 'faceId', 'imageId', 'jobId', 'apiKeyId'] as const).map(
    (kind) => ({
      query: `query ($id: ID!) { node(id: $id) { __typename id } }`,
      variables: (theirs: Belongings) => ({ id: theirs[kind] }),
      expected: gives({ node: null }),
    }),
  ),
  'Query.jobs': [
    {
      query: `{ jobs { nodes { id } } }`,
      variables: () => ({}),
      expected: ({ jobs }, mine) => expect(jobs.nodes).toEqual([{ id: mine.jobId }]),
    },
    {
      query: `query ($after: String!) { jobs(after: $after) { nodes { id } } }`,
      variables: ({ cursors }) => ({ after: cursors.jobs }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.job': [
    {
      query: `query ($id: ID!) { job(id: $id) { id items { nodes { id image { url } } } } }`,
      variables: ({ jobId }) => ({ id: jobId }),
      expected: gives({ job: null }),
    },
  ],
  'Query.detectFaces': [
    {
      query: `query ($image: ImageInput!) { detectFaces(image: $image) { width } }`,
      variables: ({ uploadId }) => ({ image: image(uploadId) }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.classifiers': [
    {
      query: `{ classifiers { id } }`,
      variables: () => ({}),
      expected: gives({ classifiers: [] }),
    },
  ],
  'Query.classifyImage': [
    {
      // No classifier serves here; `classifiers.test.ts` asks one about another tenant's upload.
      query: `query ($image: ImageInput!) { classifyImage(image: $image, model: "any") { width } }`,
      variables: ({ uploadId }) => ({ image: image(uploadId) }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.compareFaces': [
    {
      query: `query ($a: ImageInput!, $b: ImageInput!) { compareFaces(source: $a, target: $b) { threshold } }`,
      variables: (theirs, mine) => ({ a: image(theirs.uploadId), b: image(mine.uploadId) }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($a: ImageInput!, $b: ImageInput!) { compareFaces(source: $a, target: $b) { threshold } }`,
      variables: (theirs, mine) => ({ a: image(mine.uploadId), b: image(theirs.uploadId) }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.verifyPerson': [
    {
      query: `query ($id: ID!, $image: ImageInput!) { verifyPerson(personId: $id, image: $image) { isMatch } }`,
      variables: (theirs, mine) => ({ id: theirs.personId, image: image(mine.uploadId) }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($id: ID!, $image: ImageInput!) { verifyPerson(personId: $id, image: $image) { isMatch } }`,
      variables: (theirs, mine) => ({ id: mine.personId, image: image(theirs.uploadId) }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.searchFaces': [
    {
      query: SEARCH,
      variables: (theirs, mine) => ({ collectionIds: [theirs.collectionId], image: image(mine.uploadId) }),
      expected: 'NOT_FOUND',
    },
    {
      query: SEARCH,
      variables: (theirs, mine) => ({
        collectionIds: [mine.collectionId, theirs.collectionId],
        image: image(mine.uploadId),
      }),
      expected: 'NOT_FOUND',
    },
    {
      query: SEARCH,
      variables: (theirs, mine) => ({ collectionIds: [mine.collectionId], image: image(theirs.uploadId) }),
      expected: 'NOT_FOUND',
    },
    {
      query: SEARCH,
      variables: (theirs, mine) => ({ collectionIds: [mine.collectionId], faceId: theirs.faceId }),
      expected: 'NOT_FOUND',
    },
    {
      query: SEARCH,
      variables: (theirs, mine) => ({ collectionIds: [mine.collectionId], personId: theirs.personId }),
      expected: 'NOT_FOUND',
    },
    {
      query: SEARCH,
      variables: (theirs, mine) => ({
        collectionIds: [mine.collectionId],
        images: [image(mine.uploadId), image(theirs.uploadId)],
      }),
      expected: 'NOT_FOUND',
    },
    {
      // Both tenants know somebody of this name: one's own is found, and nobody else.
      query: SEARCH,
      variables: (_theirs, mine) => ({
        collectionIds: [mine.collectionId],
        image: image(mine.uploadId),
        threshold: 0,
        filter: { text: 'e' },
      }),
      expected: ({ searchFaces }, mine) => {
        const hits: Data[] = searchFaces.probes[0].matches;
        expect(hits.map((hit) => hit.person.id)).toEqual([mine.personId]);
      },
    },
    {
      // The other tenant has this very face: only one's own may answer, at any threshold.
      query: SEARCH,
      variables: (_theirs, mine) => ({
        collectionIds: [mine.collectionId],
        image: image(mine.uploadId),
        threshold: 0,
        limit: 100,
      }),
      expected: ({ searchFaces }, mine) => {
        expect(searchFaces.gallerySize).toBe(2);
        const hits: Data[] = searchFaces.probes[0].matches;
        expect(hits.map((hit) => hit.person?.id ?? null).sort()).toEqual([mine.personId, null].sort());
      },
    },
  ],
  'Query.galleries': [
    {
      query: `{ galleries { nodes { id } } }`,
      variables: () => ({}),
      expected: ({ galleries }, mine) => expect(galleries.nodes).toEqual([{ id: mine.galleryId }]),
    },
    {
      query: `query ($tenantId: ID!) { galleries(tenantId: $tenantId) { nodes { id } } }`,
      variables: ({ tenantId }) => ({ tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.galleryGrants': [
    {
      query: `query ($id: ID!) { galleryGrants(galleryId: $id) { totalCount nodes { id } } }`,
      variables: ({ galleryId }) => ({ id: galleryId }),
      expected: gives({ galleryGrants: { totalCount: 0, nodes: [] } }),
    },
  ],
  'Query.grantedGalleries': [
    {
      query: `{ grantedGalleries { totalCount nodes { id name } } }`,
      variables: () => ({}),
      expected: gives({ grantedGalleries: { totalCount: 0, nodes: [] } }),
    },
  ],
  'Query.recognizeCelebrities': (['grantId', 'galleryId', 'collectionId'] as const).map((kind) => ({
    query: `query ($image: ImageInput!, $id: ID!) {
      recognizeCelebrities(image: $image, galleryIds: [$id]) { celebrityFaces { name } }
    }`,
    variables: (theirs: Belongings, mine: Belongings) => ({ image: image(mine.uploadId), id: theirs[kind] }),
    expected: 'NOT_FOUND',
  })),
  'Mutation.publishGallery': [
    {
      query: `mutation ($id: ID!) { publishGallery(input: { collectionId: $id, name: "taken" }) { gallery { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.updateGallery': [
    {
      query: `mutation ($id: ID!) { updateGallery(input: { id: $id, similarityFloor: 0 }) { gallery { id } } }`,
      variables: ({ galleryId }) => ({ id: galleryId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.unpublishGallery': [
    {
      query: `mutation ($id: ID!) { unpublishGallery(input: { id: $id }) { unpublishedGalleryId } }`,
      variables: ({ galleryId }) => ({ id: galleryId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.grantGallery': [
    {
      query: `mutation ($id: ID!, $to: ID!) {
        grantGallery(input: { id: $id, granteeTenantId: $to }) { grant { id } }
      }`,
      variables: ({ galleryId, tenantId }) => ({ id: galleryId, to: tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.endGalleryGrant': [
    {
      query: `mutation ($id: ID!) { endGalleryGrant(input: { id: $id }) { endedGrantId } }`,
      variables: ({ grantId }) => ({ id: grantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.createTenant': [
    {
      query: `mutation { createTenant(input: { name: "mine" }) { secret } }`,
      variables: () => ({}),
      expected: 'FORBIDDEN',
    },
  ],
  'Mutation.updateTenant': [
    {
      query: `mutation ($id: ID!) { updateTenant(input: { id: $id, name: "taken" }) { tenant { id } } }`,
      variables: ({ tenantId }) => ({ id: tenantId }),
      expected: 'FORBIDDEN',
    },
  ],
  'Mutation.suspendTenant': [
    {
      query: `mutation ($id: ID!) { suspendTenant(input: { id: $id }) { tenant { id } } }`,
      variables: ({ tenantId }) => ({ id: tenantId }),
      expected: 'FORBIDDEN',
    },
  ],
  'Mutation.deleteTenant': [
    {
      query: `mutation ($id: ID!) { deleteTenant(input: { id: $id }) { tenant { id } } }`,
      variables: ({ tenantId }) => ({ id: tenantId }),
      expected: 'FORBIDDEN',
    },
  ],
  'Mutation.createApiKey': [
    {
      query: `mutation ($tenantId: ID!) {
        createApiKey(input: { tenantId: $tenantId, name: "theirs", scopes: [READ] }) { secret }
      }`,
      variables: ({ tenantId }) => ({ tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.rotateApiKey': [
    {
      query: `mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret } }`,
      variables: ({ apiKeyId }) => ({ id: apiKeyId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($id: ID!, $tenantId: ID!) { rotateApiKey(input: { id: $id, tenantId: $tenantId }) { secret } }`,
      variables: ({ apiKeyId, tenantId }) => ({ id: apiKeyId, tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.revokeApiKey': [
    {
      query: `mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`,
      variables: ({ apiKeyId }) => ({ id: apiKeyId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($id: ID!, $tenantId: ID!) {
        revokeApiKey(input: { id: $id, tenantId: $tenantId }) { apiKey { id } }
      }`,
      variables: ({ apiKeyId, tenantId }) => ({ id: apiKeyId, tenantId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.createCollection': [
    {
      // A name is unique among one's own only.
      query: `mutation ($name: String!) {
        createCollection(input: { name: $name }) { collection { faceCount personCount } }
      }`,
      variables: ({ collectionName }) => ({ name: collectionName }),
      expected: ({ createCollection: made }) => expect(made.collection).toMatchObject({ faceCount: 0, personCount: 0 }),
    },
  ],
  'Mutation.updateCollection': [
    {
      query: `mutation ($id: ID!) {
        updateCollection(input: { id: $id, description: "taken" }) { collection { id } }
      }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.reembedCollection': [
    {
      query: `mutation ($id: ID!) { reembedCollection(input: { id: $id, modelPack: "${testPack()}" }) { job { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.rollBackReembedding': [
    {
      query: `mutation ($id: ID!) { rollBackReembedding(input: { id: $id }) { job { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.finishReembedding': [
    {
      query: `mutation ($id: ID!) { finishReembedding(input: { id: $id }) { collection { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.deleteCollection': [
    {
      query: `mutation ($id: ID!) { deleteCollection(input: { id: $id }) { deletedCollectionId } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.createPerson': [
    {
      query: `mutation ($id: ID!) {
        createPerson(input: { collectionId: $id, displayName: "Planted" }) { person { id } }
      }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.updatePerson': [
    {
      query: `mutation ($id: ID!) { updatePerson(input: { id: $id, displayName: "Taken" }) { person { id } } }`,
      variables: ({ personId }) => ({ id: personId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.deletePersons': [
    {
      query: `mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { deletedPersonIds jobId } }`,
      variables: ({ personId }) => ({ ids: [personId] }),
      expected: gives({ deletePersons: { deletedPersonIds: [], jobId: null } }),
    },
  ],
  'Mutation.assignFaces': [
    {
      query: `mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { faces { id } } }`,
      variables: (theirs, mine) => ({ input: { personId: theirs.personId, faceIds: [mine.strayFaceId] } }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($input: AssignFacesInput!) { assignFaces(input: $input) { faces { id } } }`,
      variables: (theirs, mine) => ({ input: { personId: mine.personId, faceIds: [theirs.strayFaceId] } }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.unassignFaces': [
    {
      query: `mutation ($ids: [ID!]!) { unassignFaces(input: { faceIds: $ids }) { faces { id } } }`,
      variables: ({ faceId }) => ({ ids: [faceId] }),
      expected: 'NOT_FOUND',
    },
  ],
  'Query.clusterFaces': [
    {
      query: `query ($id: ID!) { clusterFaces(collectionId: $id) { messyGroup } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($id: ID!) {
        clusterFaces(collectionId: $id, scope: ALL) { messyGroup groups { faceIds faces { id } nearest { person { id } } } }
      }`,
      variables: (_, mine) => ({ id: mine.collectionId }),
      expected: ({ clusterFaces: { groups } }, mine) => {
        expect(groups[0].faces.map(({ id }: { id: string }) => id)).toEqual(groups[0].faceIds);
        expect(groups[0].faceIds.sort()).toEqual([mine.faceId, mine.strayFaceId].sort());
      },
    },
  ],
  'Query.suggestions': [
    {
      query: `query ($id: ID!) { suggestions(collectionId: $id) { person { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($id: ID!) { suggestions(collectionId: $id) { person { id } face { id } } }`,
      variables: (_, mine) => ({ id: mine.collectionId }),
      expected: ({ suggestions }, mine) =>
        expect(suggestions).toEqual([{ person: { id: mine.personId }, face: { id: mine.strayFaceId } }]),
    },
  ],
  'Query.auditGallery': [
    {
      query: `query ($id: ID!) { auditGallery(collectionId: $id) { facesLookedAt } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($id: ID!, $after: ID) {
        auditGallery(collectionId: $id, afterPersonId: $after) { doubted { face { id } } lastPersonId }
      }`,
      variables: ({ personId }, mine) => ({ id: mine.collectionId, after: personId }),
      expected: ({ auditGallery: { doubted, lastPersonId } }, mine) => {
        expect(doubted).toEqual([]);
        expect([null, mine.personId]).toContain(lastPersonId);
      },
    },
  ],
  'Query.findDuplicatePersons': [
    {
      query: `query ($id: ID!) { findDuplicatePersons(collectionId: $id) { personsLookedAt } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `query ($id: ID!) { findDuplicatePersons(collectionId: $id) { pairs { similarity } lastPersonId } }`,
      variables: (_, mine) => ({ id: mine.collectionId }),
      expected: ({ findDuplicatePersons }, mine) =>
        expect(findDuplicatePersons).toEqual({ pairs: [], lastPersonId: mine.personId }),
    },
  ],
  'Query.operations': [
    {
      query: `query ($id: ID!) { operations(collectionId: $id) { nodes { id } } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: gives({ operations: { nodes: [] } }),
    },
    {
      query: `query ($id: ID!, $personId: ID!) {
        operations(collectionId: $id, filter: { personId: $personId }) { nodes { id } }
      }`,
      variables: ({ personId }, mine) => ({ id: mine.collectionId, personId }),
      expected: gives({ operations: { nodes: [] } }),
    },
    {
      query: `query ($id: ID!, $after: String!) { operations(collectionId: $id, after: $after) { nodes { id } } }`,
      variables: ({ cursors }, mine) => ({ id: mine.collectionId, after: cursors.operations }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Query.operation': [
    {
      query: `query ($id: ID!) { operation(id: $id) { id changes { field before after } } }`,
      variables: ({ operationId }) => ({ id: operationId }),
      expected: gives({ operation: null }),
    },
  ],
  'Query.mergePreview': [
    {
      query: `query ($id: ID!, $ids: [ID!]!) { mergePreview(intoId: $id, personIds: $ids) { faceCount } }`,
      variables: ({ personId }, mine) => ({ id: mine.personId, ids: [personId] }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.mergePersons': [
    {
      query: `mutation ($id: ID!, $ids: [ID!]!) { mergePersons(input: { intoId: $id, personIds: $ids }) { faceCount } }`,
      variables: ({ personId }, mine) => ({ id: mine.personId, ids: [personId] }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($id: ID!, $ids: [ID!]!) { mergePersons(input: { intoId: $id, personIds: $ids }) { faceCount } }`,
      variables: ({ personId }, mine) => ({ id: personId, ids: [mine.personId] }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.splitPerson': [
    {
      query: `mutation ($input: SplitPersonInput!) { splitPerson(input: $input) { operationId } }`,
      variables: ({ personId, faceId }, mine) => ({
        input: { id: personId, faceIds: [faceId], into: { id: mine.personId } },
      }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.nameFaces': [
    {
      query: `mutation ($input: NameFacesInput!) { nameFaces(input: $input) { operationId } }`,
      variables: ({ personId }, mine) => ({ input: { faceIds: [mine.strayFaceId], person: { id: personId } } }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($input: NameFacesInput!) { nameFaces(input: $input) { operationId } }`,
      variables: ({ strayFaceId }) => ({
        input: { faceIds: [strayFaceId], person: { create: { displayName: 'Mine now' } } },
      }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.hideFaces': [
    {
      query: `mutation ($ids: [ID!]!) { hideFaces(input: { faceIds: $ids, as: STRANGER }) { operationIds } }`,
      variables: ({ strayFaceId }) => ({ ids: [strayFaceId] }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.addFace': [
    {
      query: `mutation ($id: ID!) { addFace(input: { imageId: $id, boundingBox: { left: 0, top: 0, width: 0.5, height: 0.5 } }) { face { id } } }`,
      variables: ({ imageId }) => ({ id: imageId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.rejectMatch': [
    {
      query: `mutation ($id: ID!, $ids: [ID!]!) { rejectMatch(input: { personId: $id, faceIds: $ids }) { operationId } }`,
      variables: ({ personId, faceId }) => ({ id: personId, ids: [faceId] }),
      expected: 'NOT_FOUND',
    },
    {
      query: `mutation ($id: ID!, $ids: [ID!]!) { rejectMatch(input: { personId: $id, faceIds: $ids }) { operationId } }`,
      variables: ({ faceId }, mine) => ({ id: mine.personId, ids: [faceId] }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.rejectMerge': [
    {
      query: `mutation ($id: ID!, $other: ID!) { rejectMerge(input: { personId: $id, otherId: $other }) { operationId } }`,
      variables: ({ personId }, mine) => ({ id: mine.personId, other: personId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.confirmMatch': [
    {
      query: `mutation ($id: ID!, $p: ID!) { confirmMatch(input: { searchId: $id, personId: $p }) { confirmationId } }`,
      variables: ({ personId, operationId }) => ({ id: operationId, p: personId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.undo': [
    {
      query: `mutation ($id: ID!) { undo(input: { operationId: $id, partial: true }) { operation { id } } }`,
      variables: ({ operationId }) => ({ id: operationId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.deleteFaces': [
    {
      query: `mutation ($ids: [ID!]!) { deleteFaces(input: { faceIds: $ids }) { deletedFaceIds jobId } }`,
      variables: ({ faceId, strayFaceId }) => ({ ids: [faceId, strayFaceId] }),
      expected: gives({ deleteFaces: { deletedFaceIds: [], jobId: null } }),
    },
  ],
  'Mutation.createUploads': [
    {
      query: `mutation { createUploads(input: { files: [{ bytes: 10, mime: "image/png" }] }) { uploads { id url } } }`,
      variables: () => ({}),
      expected: ({ createUploads }) => expect(createUploads.uploads).toHaveLength(1),
    },
  ],
  'Mutation.enrollFaces': [
    {
      query: `mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }`,
      variables: (theirs, mine) => ({
        input: { collectionId: theirs.collectionId, items: [{ image: image(mine.uploadId) }] },
      }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.cancelJob': [
    {
      query: `mutation ($id: ID!) { cancelJob(input: { id: $id }) { job { id } } }`,
      variables: ({ jobId }) => ({ id: jobId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Mutation.retryJob': [
    {
      query: `mutation ($id: ID!) { retryJob(input: { id: $id }) { job { id } } }`,
      variables: ({ jobId }) => ({ id: jobId }),
      expected: 'NOT_FOUND',
    },
  ],
  'Subscription.jobUpdated': [
    {
      query: `subscription ($id: ID!) { jobUpdated(jobId: $id) { cursor jobId } }`,
      variables: ({ jobId }) => ({ id: jobId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `subscription ($id: ID!, $after: String) { jobUpdated(jobId: $id, after: $after) { cursor } }`,
      variables: ({ cursors }, mine) => ({ id: mine.jobId, after: cursors.events }),
      expected: 'BAD_USER_INPUT',
    },
  ],
  'Subscription.collectionEvents': [
    {
      query: `subscription ($id: ID!) { collectionEvents(collectionId: $id) { cursor collectionId } }`,
      variables: ({ collectionId }) => ({ id: collectionId }),
      expected: 'NOT_FOUND',
    },
    {
      query: `subscription ($id: ID!, $after: String) { collectionEvents(collectionId: $id, after: $after) { cursor } }`,
      variables: ({ cursors }, mine) => ({ id: mine.collectionId, after: cursors.events }),
      expected: 'BAD_USER_INPUT',
    },
  ],
};

/** What a bound key must get where its own tenant is named, by the places in `ATTEMPTS`. */
const OF_ONE_TENANT: Readonly<Record<string, readonly (Attempt['expected'] | undefined)[]>> = {
  'Query.apiKeys': [
    undefined,
    ({ apiKeys }, mine) => expect(apiKeys.nodes).toEqual([{ id: mine.apiKeyId }]),
    undefined,
  ],
  'Query.auditLog': ['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'],
  'Query.auditCheckpoint': ['FORBIDDEN'],
  'Query.usage': ['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'],
  'Mutation.createApiKey': [({ createApiKey }) => expect(createApiKey.secret).toMatch(/^lk_live_/)],
  'Mutation.createCollection': ['FORBIDDEN'],
  'Query.galleries': ['FORBIDDEN', 'FORBIDDEN'],
  'Query.galleryGrants': ['FORBIDDEN'],
  'Query.grantedGalleries': ['FORBIDDEN'],
  'Query.recognizeCelebrities': ['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN'],
  'Mutation.publishGallery': ['FORBIDDEN'],
  'Mutation.updateGallery': ['FORBIDDEN'],
  'Mutation.unpublishGallery': ['FORBIDDEN'],
  'Mutation.grantGallery': ['FORBIDDEN'],
  'Mutation.endGalleryGrant': ['FORBIDDEN'],
};

/** Until the audit shows a first row: a row gets its number within a second. */
async function untilAudited(tenant: TestTenant): Promise<void> {
  for (;;) {
    const { auditLog } = await tenant.api.call('{ auditLog(first: 1) { nodes { id } } }');
    if (auditLog.nodes.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether the caller must have something of its own: enrolling it takes most of a test's time. */
function needsBelongings({ variables, expected }: Attempt): boolean {
  return variables.length > 1 || (typeof expected === 'function' && expected.length > 1);
}

const ROOT_FIELDS = `{ __schema {
  queryType { name fields { name } } mutationType { name fields { name } } subscriptionType { name fields { name } }
} }`;

describeOnEveryEngines('tenancy', (engines) => {
  let platform: TestPlatform;
  let victim: TestTenant;
  let victims: Belongings;
  /** One who only reads, and so can be the same for all that only read. */
  let reader: TestTenant;
  let readers: Belongings;
  let portrait: Buffer;

  beforeAll(async () => {
    platform = await TestPlatform.start({ engines });
    const helper = await createTenant(platform.operator);
    const { faces } = await helper.detect(partyPhoto(1));
    portrait = await cutOut(partyPhoto(1), faces[0].boundingBox as Box);
    victim = await createTenant(platform.operator);
    victims = await furnish(victim);
    reader = await createTenant(platform.operator);
    readers = await furnish(reader);
  });
  afterAll(() => platform?.stop());

  /** The same face as every other tenant has here, once named and once not. */
  async function furnish(tenant: TestTenant, name = tenant.id): Promise<Belongings> {
    const collectionName = `c-${name}`;
    const externalId = `x-${name}`;
    const externalImageId = `i-${name}`;
    const collectionId = await tenant.createCollection({ name: collectionName });
    const base64 = portrait.toString('base64');
    const jobId = await tenant.beginEnrollment(collectionId, [
      { image: { base64 }, person: { create: { displayName: `Person of ${tenant.id}`, externalId } }, externalImageId },
      { image: { base64 } },
    ]);
    let events = '';
    for await (const event of tenant.followJob(jobId)) events = event.cursor;
    const [named, stray] = (await tenant.job(jobId)).items.nodes;
    const personId = named.faceRecords[0].person.id as string;
    const { updatePerson } = await tenant.api.call(
      `mutation ($input: UpdatePersonInput!) { updatePerson(input: $input) { operationId } }`,
      { input: { id: personId, aliases: [`Alias of ${tenant.id}`] } },
    );
    const { publishGallery } = await tenant.api.call(
      `mutation ($id: ID!) { publishGallery(input: { collectionId: $id, name: "Known people" }) { gallery { id } } }`,
      { id: collectionId },
    );
    const galleryId = publishGallery.gallery.id as string;
    const { grantGallery } = await tenant.api.call(
      `mutation ($id: ID!, $to: ID!) { grantGallery(input: { id: $id, granteeTenantId: $to }) { grant { id } } }`,
      { id: galleryId, to: (await createTenant(platform.operator)).id },
    );
    await untilAudited(tenant);
    const cursors = await tenant.api.call(
      `query ($id: ID!) {
        operations(collectionId: $id) { pageInfo { endCursor } }
        collections { pageInfo { endCursor } } persons(collectionId: $id) { pageInfo { endCursor } }
        faces { pageInfo { endCursor } } images(collectionId: $id) { pageInfo { endCursor } } jobs { pageInfo { endCursor } }
        apiKeys { nodes { id } pageInfo { endCursor } } auditLog(first: 1) { pageInfo { endCursor } }
      }`,
      { id: collectionId },
    );
    return {
      tenantId: tenant.id,
      collectionId,
      collectionName,
      personId,
      operationId: updatePerson.operationId,
      galleryId,
      grantId: grantGallery.grant.id,
      externalId,
      externalImageId,
      faceId: named.faceRecords[0].id,
      strayFaceId: stray.faceRecords[0].id,
      imageId: named.image.id,
      imageUrl: named.image.url,
      jobId,
      uploadId: await tenant.upload(portrait),
      apiKeyId: cursors.apiKeys.nodes[0].id,
      cursors: {
        collections: cursors.collections.pageInfo.endCursor,
        persons: cursors.persons.pageInfo.endCursor,
        faces: cursors.faces.pageInfo.endCursor,
        images: cursors.images.pageInfo.endCursor,
        jobs: cursors.jobs.pageInfo.endCursor,
        apiKeys: cursors.apiKeys.pageInfo.endCursor,
        auditLog: cursors.auditLog.pageInfo.endCursor,
        operations: cursors.operations.pageInfo.endCursor,
        events,
      },
    };
  }

  /** All that a tenant can see of its own, to compare before and after. */
  function everythingOf(tenant: TestTenant, its = victims): Promise<Data> {
    return tenant.api.call(
      `query ($id: ID!, $jobId: ID!) {
        viewer { usage { collections persons faces imageMegabytes openUploadMegabytes } }
        images(collectionId: $id) { nodes { id faces { nodes { id } } } } apiKeys { nodes { id revokedAt } }
        collections { nodes { id name description faceCount personCount updatedAt } }
        persons(collectionId: $id) { nodes { id displayName updatedAt } }
        faces { nodes { id state person { id } } } job(id: $jobId) { state progress { done failed } }
      }`,
      { id: its.collectionId, jobId: its.jobId },
    );
  }

  function expectNothingOf(theirs: Partial<Belongings>, text: string): void {
    for (const [what, id] of Object.entries(theirs)) {
      if (typeof id === 'string' && text.includes(id)) {
        throw new Error(`An answer shows another tenant's ${what}: ${text.slice(0, 2_000)}`);
      }
    }
  }

  async function attempt(
    caller: TestTenant,
    { query, variables }: Attempt,
    mine: Belongings,
    theirs = victims,
  ): Promise<Answer> {
    const values = variables(theirs, mine);
    if (!query.startsWith('subscription')) return caller.api.ask(query, values);
    const { client } = caller.api.socket();
    try {
      const result = (await client.iterate({ query, variables: values }).next()).value as Partial<Answer>;
      return { status: 200, data: result.data, errors: result.errors, text: JSON.stringify(result) };
    } finally {
      await client.dispose();
    }
  }

  test('the table has every root field of the schema, and nothing else', async () => {
    const { __schema: schema } = await victim.api.call(ROOT_FIELDS);
    const fields = [schema.queryType, schema.mutationType, schema.subscriptionType].flatMap((type: Data) =>
      type.fields.map((field: Data) => `${type.name}.${field.name}`),
    );
    expect(Object.keys(ATTEMPTS).sort()).toEqual(fields.sort());
  });

  test.each(Object.keys(ATTEMPTS))('%s shows and changes nothing of another tenant', async (field) => {
    const before = await everythingOf(victim);
    const isRead = field.startsWith('Query.');
    const caller = isRead ? reader : await createTenant(platform.operator);
    const its = isRead ? readers : victims;
    const mine = !isRead && ATTEMPTS[field]!.some(needsBelongings) ? await furnish(caller) : its;
    for (const one of ATTEMPTS[field]!) {
      const answer = await attempt(caller, one, mine);
      expectNothingOf(victims, answer.text);
      if (typeof one.expected === 'string') {
        expect(answer.errors?.map((error) => error.extensions.code)).toEqual([one.expected]);
      } else {
        expect(answer.errors).toBeUndefined();
        one.expected(answer.data!, mine);
      }
    }
    expect(await everythingOf(victim)).toEqual(before);
  });

  test('what lists are filtered by finds nothing of another tenant', async () => {
    const answer = await reader.api.ask(
      `query ($id: ID!, $image: String!, $text: String!, $externalId: String!) {
        images(collectionId: $id, filter: { externalImageId: $image }) { totalCount nodes { id } }
        byText: persons(collectionId: $id, filter: { text: $text }) { totalCount nodes { id } }
        byExternalId: persons(collectionId: $id, filter: { externalId: $externalId }) { totalCount nodes { id } }
      }`,
      {
        id: readers.collectionId,
        image: victims.externalImageId,
        text: victims.tenantId,
        externalId: victims.externalId,
      },
    );
    const nothing = { totalCount: 0, nodes: [] };
    expect(answer.data).toEqual({ images: nothing, byText: nothing, byExternalId: nothing });
  });

  test.each([
    ['collections', (page: string) => `list: collections(orderBy: { field: NAME, direction: DESC }, ${page})`],
    [
      'persons',
      (page: string) => `list: persons(collectionId: $id, orderBy: { field: NAME, direction: ASC }, ${page})`,
    ],
    ['faces', (page: string) => `list: faces(filter: { collectionId: $id }, ${page})`],
    ['images', (page: string) => `list: images(collectionId: $id, ${page})`],
    ['jobs', (page: string) => `list: jobs(${page})`],
    ['apiKeys', (page: string) => `list: apiKeys(${page})`],
    ['operations', (page: string) => `list: operations(collectionId: $id, ${page})`],
    ['Person.faces', (page: string) => `of: person(id: $personId) { list: faces(${page})`],
    ['Image.faces', (page: string) => `of: image(id: $imageId) { list: faces(${page})`],
    ['Job.items', (page: string) => `of: job(id: $jobId) { list: items(${page})`],
  ])('%s takes no cursor of another tenant, at either end of a page', async (_, list) => {
    const ask = (tenant: TestTenant, its: Belongings, page: string, cursor?: unknown) => {
      const text = list(page);
      const rest = text.startsWith('of:') ? ' }' : '';
      const used = ['id', 'personId', 'imageId', 'jobId'].filter((name) => text.includes(`$${name}`));
      const names = [...used.map((name) => `$${name}: ID!`), '$cursor: String'].join(', ');
      return tenant.api.ask(`query (${names}) { ${text} { pageInfo { endCursor } nodes { id } }${rest} }`, {
        ...Object.fromEntries(used.map((name) => [name, name === 'id' ? its.collectionId : its[name as 'jobId']])),
        cursor,
      });
    };
    const { data, errors } = await ask(victim, victims, 'first: 1, after: $cursor', null);
    expect(errors).toBeUndefined();
    const cursor = (data!.list ?? data!.of.list).pageInfo.endCursor;
    expect(typeof cursor).toBe('string');
    for (const page of ['first: 10, after: $cursor', 'last: 10, before: $cursor']) {
      expect((await ask(victim, victims, page, cursor)).errors).toBeUndefined();
      const refused = await ask(reader, readers, page, cursor);
      expect(refused.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT']);
      expectNothingOf(victims, refused.text);
    }
  });

  test('an item that names another tenant’s upload or person fails alone and shows nothing', async () => {
    const caller = await createTenant(platform.operator);
    const mine = await furnish(caller);
    const before = await everythingOf(victim);
    const job = await caller.enroll(mine.collectionId, [
      { image: image(victims.uploadId) },
      { image: image(mine.uploadId), person: { id: victims.personId } },
      { image: image(mine.uploadId), person: { externalId: victims.externalId } },
    ]);
    expect(job.items.nodes.map((item: Data) => item.error?.code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
    expectNothingOf(victims, JSON.stringify(job));
    expect(await everythingOf(victim)).toEqual(before);
  });

  test('a token is one’s own: another tenant’s use of it is another job', async () => {
    const caller = await createTenant(platform.operator);
    const mine = await furnish(caller);
    const more = { clientRequestToken: 'the-same-token' };
    const theirs = await victim.beginEnrollment(victims.collectionId, [{ image: image(victims.uploadId) }], more);
    const own = await caller.beginEnrollment(mine.collectionId, [{ image: image(mine.uploadId) }], more);
    expect(own).not.toBe(theirs);
    await Promise.all([victim.finishJob(theirs), caller.finishJob(own)]);
  });

  test('a signed address does not open another tenant’s image, nor the same image under another tenant', async () => {
    const caller = await createTenant(platform.operator);
    const mine = await furnish(caller);
    const swapped = victims.imageUrl.replace(victims.tenantId, mine.tenantId);
    expect((await fetch(swapped)).status).toBe(403);
    const borrowed = mine.imageUrl.replace(mine.imageId, victims.imageId);
    expect((await fetch(borrowed)).status).toBe(403);
  });

  test('a tenant’s events reach that tenant alone, while another is busy', async () => {
    const caller = await createTenant(platform.operator);
    const mine = await furnish(caller);
    const events = caller.api.subscribe(
      `subscription ($id: ID!, $after: String) {
        collectionEvents(collectionId: $id, after: $after, types: [PERSON_CREATED]) { type jobId collectionId payload }
      }`,
      { id: mine.collectionId, after: mine.cursors.events },
    );
    const next = events.next();
    await victim.createPerson(victims.collectionId, 'Noise');
    await caller.createPerson(mine.collectionId, 'Own');
    const { value } = await next;
    expect(value).toMatchObject({ type: 'PERSON_CREATED', collectionId: mine.collectionId });
    expectNothingOf(victims, JSON.stringify(value));
    await events.return(undefined);
  });

  test('what is deleted by one tenant stays with the other that has the same face', async () => {
    const [one, other] = [await createTenant(platform.operator), await createTenant(platform.operator)];
    const [ones, others] = [await furnish(one), await furnish(other)];
    await one.api.call(`mutation ($id: ID!) { deleteCollection(input: { id: $id }) { jobId } }`, {
      id: ones.collectionId,
    });
    const { probes } = await other.search([others.collectionId], image(others.uploadId));
    expect(probes[0].matches.map((match: Data) => match.face.id).sort()).toEqual(
      [others.faceId, others.strayFaceId].sort(),
    );
    expect((await fetch(others.imageUrl)).status).toBe(200);
    expect((await fetch(ones.imageUrl)).status).toBe(404);
  });

  describe('a key that is bound to one collection', () => {
    let whole: TestTenant;
    /** Bound to one collection each, with every scope. */
    let bound: TestTenant;
    let watcher: TestTenant;
    let mine: Belongings;
    let theirs: Belongings;

    const createKey = async (by: TestTenant, input: Data): Promise<{ id: string; tenant: TestTenant }> => {
      const { createApiKey } = await by.api.call(
        `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }`,
        { input: { name: 'bound', scopes: ['READ', 'SEARCH', 'ENROLL', 'WRITE', 'ADMIN', 'AUDIT'], ...input } },
      );
      return { id: createApiKey.apiKey.id, tenant: by.at(platform.url, createApiKey.secret) };
    };
    /** A collection with what belongs to it, and a key that is bound to it. */
    const furnishBound = async (name: string): Promise<[TestTenant, Belongings]> => {
      const belongings = await furnish(whole, `${whole.id}-${name}`);
      const { id, tenant } = await createKey(whole, { collectionIds: [belongings.collectionId] });
      return [tenant, { ...belongings, apiKeyId: id, uploadId: await tenant.upload(portrait) }];
    };

    beforeAll(async () => {
      whole = await createTenant(platform.operator);
      [watcher, theirs] = await furnishBound('theirs');
      [bound, mine] = await furnishBound('mine');
    });

    test.each(Object.keys(ATTEMPTS))(
      '%s shows and changes nothing of the tenant’s other collections',
      async (field) => {
        const before = await everythingOf(watcher, theirs);
        for (const [index, one] of ATTEMPTS[field]!.entries()) {
          const answer = await attempt(bound, one, mine, theirs);
          // The tenant is its own.
          expectNothingOf({ ...theirs, tenantId: undefined }, answer.text);
          const sent = JSON.stringify(one.variables(theirs, mine));
          const hasCursor = Object.values(theirs.cursors).some((cursor) => sent.includes(cursor));
          const expected = OF_ONE_TENANT[field]?.[index] ?? (hasCursor ? () => undefined : one.expected);
          if (typeof expected === 'string') {
            expect(answer.errors?.map((error) => error.extensions.code)).toEqual([expected]);
          } else {
            expect(answer.errors).toBeUndefined();
            expected(answer.data!, mine);
          }
        }
        expect(await everythingOf(watcher, theirs)).toEqual(before);
      },
    );

    test('what is about the whole tenant is refused with a sentence', async () => {
      const { errors } = await bound.api.ask(
        `mutation { createCollection(input: { name: "new" }) { collection { id } } }`,
      );
      expect(errors![0]!.message).toBe(
        'This key is bound to collections, and createCollection is about the whole tenant. Use a key that is not bound.',
      );
    });

    test('it says so of itself, and makes, rotates and revokes keys of its own collections only', async () => {
      const { viewer } = await bound.api.call('{ viewer { collectionIds } }');
      expect(viewer).toEqual({ collectionIds: [mine.collectionId] });
      const refused = async (collectionIds: string[]): Promise<unknown> => {
        const input = { name: 'more', scopes: ['READ'], collectionIds };
        const { errors } = await bound.api.ask(
          `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
          { input },
        );
        return errors?.[0]?.extensions.code;
      };
      expect(await refused([theirs.collectionId])).toBe('FORBIDDEN');
      expect(await refused([mine.collectionId, theirs.collectionId])).toBe('FORBIDDEN');
      expect(await refused([])).toBe('BAD_USER_INPUT');
      const { id, tenant } = await createKey(bound, {});
      expect((await tenant.api.call('{ viewer { collectionIds } }')).viewer.collectionIds).toEqual([mine.collectionId]);
      const { rotateApiKey } = await bound.api.call(
        `mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { apiKey { id collectionIds predecessor { id } } } }`,
        { id },
      );
      expect(rotateApiKey.apiKey).toMatchObject({ collectionIds: [mine.collectionId], predecessor: { id } });
      await bound.api.call(`mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`, { id });
      const both = await createKey(whole, { collectionIds: [mine.collectionId, theirs.collectionId] });
      const { errors } = await bound.api.ask(
        `mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { id } } }`,
        { id: both.id },
      );
      expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    });

    test('a collection that is not there, or another tenant’s, is nothing to be bound to', async () => {
      for (const id of [victims.collectionId, mine.personId, 'x']) {
        const input = { name: 'nothing', scopes: ['READ'], collectionIds: [id] };
        const { errors } = await whole.api.ask(
          `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
          { input },
        );
        expect(errors?.[0]?.extensions.code).toBe('NOT_FOUND');
      }
    });

    test('it enrols, follows and deletes in its own collection', async () => {
      const collectionId = await whole.createCollection();
      const { tenant } = await createKey(whole, { collectionIds: [collectionId] });
      const job = await tenant.enroll(collectionId, [
        { image: { base64: portrait.toString('base64') }, person: { create: { displayName: 'Own' } } },
      ]);
      const { id: faceId, person } = job.items.nodes[0].faceRecords[0];
      expect(
        (await tenant.search([collectionId], { base64: portrait.toString('base64') })).probes[0].matches,
      ).toHaveLength(1);
      const { deletePersons } = await tenant.api.call(
        `mutation ($ids: [ID!]!) { deletePersons(input: { personIds: $ids }) { deletedPersonIds jobId } }`,
        { ids: [person.id] },
      );
      expect(deletePersons.deletedPersonIds).toEqual([person.id]);
      await tenant.finishJob(deletePersons.jobId);
      expect((await tenant.api.call(`query ($id: ID!) { face(id: $id) { id } }`, { id: faceId })).face).toBeNull();
      const { deleteCollection } = await tenant.api.call(
        `mutation ($id: ID!) { deleteCollection(input: { id: $id }) { jobId } }`,
        { id: collectionId },
      );
      await tenant.finishJob(deleteCollection.jobId);
      expect((await tenant.job(deleteCollection.jobId)).state).toBe('SUCCEEDED');
      expect(
        (await bound.api.call(`query ($id: ID!) { job(id: $id) { id } }`, { id: deleteCollection.jobId })).job,
      ).toBeNull();
    });

    test('a token that another collection has used is refused, and its job stays unseen', async () => {
      const more = { clientRequestToken: 'of-the-whole-tenant' };
      const id = await watcher.beginEnrollment(theirs.collectionId, [{ image: image(theirs.uploadId) }], more);
      const items = [{ image: { base64: portrait.toString('base64') } }];
      const { errors, text } = await bound.api.ask(
        `mutation ($input: EnrollFacesInput!) { enrollFaces(input: $input) { job { id } } }`,
        { input: { collectionId: mine.collectionId, items, ...more } },
      );
      expect(errors?.[0]?.extensions.code).toBe('IDEMPOTENT_PARAMETER_MISMATCH');
      expect(text).not.toContain(id);
      await watcher.finishJob(id);
    });

    test('the tenant’s limits hold over all of its collections', async () => {
      const limited = await createTenant(platform.operator);
      const [one, other] = [await limited.createCollection(), await limited.createCollection()];
      await limited.createPerson(one);
      const { tenant } = await createKey(limited, { collectionIds: [other] });
      await platform.operator.call(
        `mutation ($id: ID!) { updateTenant(input: { id: $id, limits: { maxPersons: 1 } }) { tenant { id } } }`,
        { id: limited.id },
      );
      const create = `mutation ($id: ID!) { createPerson(input: { collectionId: $id, displayName: "More" }) { person { id } } }`;
      const { errors } = await tenant.api.ask(create, { id: other });
      expect(errors?.[0]?.extensions.code).toBe('QUOTA_EXCEEDED');
      const { viewer } = await tenant.api.call('{ viewer { usage { collections persons } } }');
      expect(viewer.usage).toEqual({ collections: 1, persons: 0 });
    });
  });
});
