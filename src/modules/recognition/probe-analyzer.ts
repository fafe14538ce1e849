import type { QualityFilter } from '../../domain/quality';
import type { TenantScope } from '../../domain/tenant-scope';
import type { Clock } from '../../ports/clock';
import type { AnalyzedImage, FaceAnalyzer } from '../../ports/face-analyzer';
import type { PictureLoader, PictureSource } from '../pictures/picture-loader.service';

export interface ProbeAnalyzerDependencies {
  readonly loader: PictureLoader;
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

/** Analyses a picture that somebody waits for; its bytes are not kept. */
export class ProbeAnalyzer {
  constructor(private readonly deps: ProbeAnalyzerDependencies) {}

  /** @throws DomainError what PictureLoader and FaceAnalyzer throw. */
  async analyze(
    scope: TenantScope,
    source: PictureSource,
    path: string,
    options: ProbeOptions,
  ): Promise<AnalyzedImage> {
    const deadlineMs = this.deps.clock.now().getTime() + this.deps.timeoutMs;
    const image = await this.deps.loader.load(scope, source, path);
    return this.deps.analyzer.analyze({
      packId: options.packId,
      image,
      maxFaces: options.maxFaces ?? 100,
      keep: 'LARGEST',
      qualityFilter: options.qualityFilter ?? 'NONE',
      embed: options.embed ?? true,
      clean: false,
      priority: 'INTERACTIVE',
      deadlineMs,
    });
  }
}
