import { createHash } from 'node:crypto';
import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { AnalyzedImage, FaceAnalyzer } from '../../ports/face-analyzer';
import type { ImageLoader, ImageSource } from '../images/image-loader.service';
import { countUse } from '../rates/bill';

export interface ProbeAnalyzerDependencies {
  readonly loader: ImageLoader;
  readonly analyzer: FaceAnalyzer;
  readonly clock: Clock;
  /** How long a caller waits for an analysis. */
  readonly timeoutMs: number;
}

export interface ProbeOptions {
  readonly packId: string;
  readonly qualityFilter?: QualityFilter;
  /** 1-100. @default 100 */
  readonly maxFaces?: number;
  /** @default true */
  readonly embed?: boolean;
}

/** An image that somebody sent in, analysed. */
export interface AnalyzedProbe extends AnalyzedImage {
  /** SHA-256 of its bytes, as they came. */
  readonly sha256: Uint8Array;
}

/** Analyses an image that somebody waits for; its bytes are not kept. */
export class ProbeAnalyzer {
  constructor(private readonly deps: ProbeAnalyzerDependencies) {}

  /** @throws DomainError what ImageLoader and FaceAnalyzer throw. */
  async analyze(scope: TenantScope, source: ImageSource, path: string, options: ProbeOptions): Promise<AnalyzedProbe> {
    const [analysed] = await this.analyzeByEach(scope, source, path, [options]);
    return analysed!;
  }

  /**
   * One image by several packs: it is loaded once.
   * @returns in the order of `each`, once all have ended.
   * @throws DomainError what ImageLoader and FaceAnalyzer throw.
   */
  async analyzeByEach(
    scope: TenantScope,
    source: ImageSource,
    path: string,
    each: readonly ProbeOptions[],
  ): Promise<AnalyzedProbe[]> {
    const deadlineMs = this.deps.clock.now().getTime() + this.deps.timeoutMs;
    const image = await this.deps.loader.load(scope, source, path);
    // Before the analysis, which may take the bytes along to its thread.
    const sha256 = createHash('sha256').update(image).digest();
    const copies = each.map((_, place) => (place === 0 ? image : new Uint8Array(image)));
    const begun = each.map((options, place) => this.look(scope, copies[place]!, options, deadlineMs));
    await Promise.allSettled(begun);
    return (await Promise.all(begun)).map((analysed) => ({ ...analysed, sha256 }));
  }

  private async look(
    scope: TenantScope,
    image: Uint8Array,
    options: ProbeOptions,
    deadlineMs: number,
  ): Promise<AnalyzedImage> {
    const analysed = await this.deps.analyzer.analyze({
      packId: options.packId,
      image,
      maxFaces: options.maxFaces ?? 100,
      keep: 'LARGEST',
      qualityFilter: options.qualityFilter ?? 'NONE',
      embed: options.embed ?? true,
      clean: false,
      priority: 'INTERACTIVE',
      party: scope.tenantId,
      deadlineMs,
    });
    // One that shows nobody was looked at, too.
    countUse('FACES', Math.max(1, analysed.faces.length));
    return analysed;
  }
}
