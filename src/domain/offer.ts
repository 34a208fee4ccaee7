import type { TopUpTerms } from './payment.ts';

/** The smallest sum on sale that brings at least so many points; undefined when none on sale does. */
export function rublesFor(points: number, { rublesMin, rublesMax, pointsPerRuble }: PointsForRubles): number | undefined {
  const rubles = Math.max(rublesMin, Math.ceil(points / pointsPerRuble));
  return rubles <= rublesMax ? rubles : undefined;
}
type PointsForRubles = Pick<TopUpTerms, 'rublesMin' | 'rublesMax' | 'pointsPerRuble'>;

/** An edit that was refused for want of points, and may be started now that they are there. */
export type Resumable = { jobId: string; presetId: number | null };

/** For so long the last edit that was refused is offered again by the words of a top-up. Its own button works for ever. */
export const resumeOfferMs = 24 * 60 * 60_000;
