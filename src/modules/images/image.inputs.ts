import { ArrayMaxSize, ArrayMinSize, IsInt, Length, Matches, Max, Min, ValidateBy } from 'class-validator';
import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { canonicalMime } from '../../domain/image-format';
import { Most } from '../../graphql/input-limits';
import { isWebAddress, MAX_URL_LENGTH } from '../../domain/image-url';
import { UPLOAD_PURPOSES, type UploadPurpose } from '../../records/upload';

/** Texts that are a little too long hear how large the image may be; longer ones are not looked at. */
const MAX_BASE64_CHARACTERS = 16 * 1024 * 1024;

@InputType({ description: 'An image: exactly one of the three. JPEG, PNG or WebP, at most 64 megapixels.' })
export class ImageInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An upload of createUploads whose bytes have been sent; at most 15 MB.',
  })
  @Length(1, 64)
  uploadId?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'An https address to fetch it from, of at most 16,384 characters; at most 15 MB.',
  })
  @ValidateBy({
    name: 'isWebAddress',
    validator: {
      validate: (value) => typeof value === 'string' && isWebAddress(value),
      defaultMessage: () => `url must be an https address of at most ${MAX_URL_LENGTH} characters`,
    },
  })
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'Standard base64 of the file, at most 4 MB of it decoded.' })
  @Most(MAX_BASE64_CHARACTERS)
  base64?: string | null;
}

@InputType({ description: 'A file that will be sent.' })
export class UploadFileInput {
  @Field(() => Int, { description: 'Its exact size, 1 to 15,728,640.' })
  @IsInt()
  @Min(1)
  @Max(15 * 1024 * 1024)
  bytes!: number;

  @Field({
    description:
      'image/jpeg, image/png or image/webp; other names of JPEG (image/jpg, image/pjpeg) and parameters are understood.',
  })
  @ValidateBy({
    name: 'isImageMime',
    validator: {
      validate: (value) => typeof value === 'string' && canonicalMime(value) !== null,
      defaultMessage: () =>
        'mime must be image/jpeg, image/png or image/webp: convert HEIC and others first (heif-convert, ImageMagick)',
    },
  })
  mime!: string;

  @Field(() => String, { nullable: true, description: 'Its SHA-256, hexadecimal; checked when the bytes come.' })
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 lower-case hexadecimal digits' })
  sha256?: string | null;
}

const UploadPurposeEnum = Object.fromEntries(UPLOAD_PURPOSES.map((one) => [one, one]));
registerEnumType(UploadPurposeEnum, {
  name: 'UploadPurpose',
  description: 'What uploads are for.',
  valuesConfig: {
    ENROLL: { description: 'To be enrolled, or searched with. Needs the scope ENROLL.' },
    SEARCH: {
      description: 'To be looked at by searches, comparisons and detections: never enrolled. Needs the scope SEARCH.',
    },
  },
});

const MAX_FILES = 1_000;
const FILES_RULE = `files must name 1 to ${MAX_FILES} files`;

@InputType({ description: 'Files that will be sent.' })
export class CreateUploadsInput {
  @Field(() => [UploadFileInput], { description: '1-1000 files; the answer has their uploads in this order.' })
  @ArrayMinSize(1, { message: FILES_RULE })
  @ArrayMaxSize(MAX_FILES, { message: FILES_RULE })
  files!: UploadFileInput[];

  @Field(() => UploadPurposeEnum, {
    nullable: true,
    description: 'What all of them are for; null: ENROLL where the key has that scope, else SEARCH.',
  })
  purpose?: UploadPurpose | null;
}
