import { IsInt, IsUrl, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';

@InputType({ description: 'A picture: exactly one of the three. JPEG, PNG or WebP, at most 64 megapixels.' })
export class ImageInput {
  @Field(() => ID, {
    nullable: true,
    description: 'An upload of createUploads whose bytes have been sent; at most 15 MB.',
  })
  @Length(1, 64)
  uploadId?: string | null;

  @Field(() => String, { nullable: true, description: 'An https address to fetch it from; at most 15 MB.' })
  @MaxLength(2_048)
  @IsUrl(
    { protocols: ['http', 'https'], require_protocol: true, require_tld: false },
    { message: 'url must be an https URL' },
  )
  url?: string | null;

  @Field(() => String, { nullable: true, description: 'Standard base64 of the file, at most 4 MB of it decoded.' })
  base64?: string | null;
}

@InputType({ description: 'A file that will be sent.' })
export class UploadFileInput {
  @Field(() => Int, { description: 'Its exact size, 1 to 15,728,640.' })
  @IsInt()
  @Min(1)
  @Max(15 * 1024 * 1024)
  bytes!: number;

  @Field({ description: 'image/jpeg, image/png or image/webp.' })
  @Matches(/^image\/(jpeg|png|webp)$/, {
    message:
      'mime must be image/jpeg, image/png or image/webp: convert HEIC and others first (heif-convert, ImageMagick)',
  })
  mime!: string;

  @Field(() => String, { nullable: true, description: 'Its SHA-256, hexadecimal; checked when the bytes come.' })
  @Matches(/^[0-9a-f]{64}$/, { message: 'sha256 must be 64 lower-case hexadecimal digits' })
  sha256?: string | null;
}
