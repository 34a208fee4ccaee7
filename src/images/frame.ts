/** Pixels. */
export type Size = { width: number; height: number };
export type Box = Size & { left: number; top: number };

/**
 * The sizes that ComfyUI's FluxKontextImageScale knows (PREFERED_KONTEXT_RESOLUTIONS): it scales a photo to the one of the
 * nearest proportions and cuts off what stands over. Of a picture that has these proportions already it cuts nothing.
 */
export const modelSizes: readonly Size[] = (
  '672×1568 688×1504 720×1456 752×1392 800×1328 832×1248 880×1184 944×1104 1024×1024 ' +
  '1104×944 1184×880 1248×832 1328×800 1392×752 1456×720 1504×688 1568×672'
)
  .split(' ')
  .map(size => size.split('×').map(Number) as [number, number])
  .map(([width, height]) => ({ width, height }));

/** The size the model will work at, a canvas of its proportions, and where the whole photo lies on that, in the middle. */
export type Placement = { model: Size; canvas: Size; box: Box };

/**
 * The proportions that leave the least around the photo, and the photo as large as it fits. A large photo is made smaller and the
 * canvas has the model's own size, so that the server does not touch it; a small one stays as it is, and the server enlarges the
 * canvas as a whole. Any size of at least one pixel has a place.
 */
export const placed = (photo: Size): Placement => {
  const covered = (model: Size): number => {
    const proportions = (photo.width * model.height) / (photo.height * model.width);
    return Math.min(proportions, 1 / proportions);
  };
  const model = modelSizes.reduce((best, one) => (covered(one) > covered(best) ? one : best));
  const fit = Math.min(model.width / photo.width, model.height / photo.height);
  const box = scaled(photo, Math.min(1, fit));
  const canvas = fit <= 1 ? model : { width: up(model.width / fit), height: up(model.height / fit) };
  const left = Math.floor((canvas.width - box.width) / 2);
  const top = Math.floor((canvas.height - box.height) / 2);
  return { model, canvas, box: { left, top, ...box } };
};

const scaled = ({ width, height }: Size, factor: number): Size => ({
  width: Math.max(1, Math.round(width * factor)),
  height: Math.max(1, Math.round(height * factor)),
});

/** Less than a pixel too long is nothing that the node would cut; as much too short would be, off the other side. */
const up = (length: number): number => Math.ceil(length - rounding);

/** What floating point may add to a whole number of pixels. */
const rounding = 1e-6;

/**
 * How a photo's frame is taken out of a result: `outer` is cut from it and made `scaled` large, and `inner` of that is what
 * stays.
 */
export type Cut = { outer: Box; scaled: Size; inner: Box };

/**
 * How to take from a result what was made of the photo that went in on its canvas, so that nothing has moved by a pixel; of a
 * result that has the canvas' own size, or a whole multiple of it, nothing moves at all. Undefined when the result has the
 * proportions of neither the canvas nor the model, to a pixel: then something else than an edit of it was made, and nothing is
 * known of its frame.
 */
export const cutFor = (result: Size, photo: Size): Cut | undefined => {
  const { model, canvas, box } = placed(photo);
  if (!isLike(result, canvas) && !isLike(result, model)) return undefined;
  const [right, down] = [result.width / canvas.width, result.height / canvas.height];
  const { width, height } = restored({ width: box.width * right, height: box.height * down }, photo);
  const x = along({ start: box.left * right, length: box.width * right, wanted: width });
  const y = along({ start: box.top * down, length: box.height * down, wanted: height });
  return {
    outer: { left: x.from, top: y.from, width: x.whole, height: y.whole },
    scaled: { width: x.scaled, height: y.scaled },
    inner: { left: x.skipped, top: y.skipped, width, height },
  };
};

const isLike = (one: Size, other: Size): boolean =>
  Math.abs(one.width * other.height - one.height * other.width) <= Math.max(other.width, other.height);

/**
 * The photo may begin within a pixel of the result: whole pixels are scaled, and what is too much goes afterwards, when they are
 * finer.
 */
const along = ({ start, length, wanted }: { start: number; length: number; wanted: number }) => {
  const from = Math.floor(start + rounding);
  const whole = Math.max(1, Math.ceil(start + length - rounding) - from);
  const scaled = Math.max(wanted, Math.round((whole * wanted) / length));
  // By the middle of the photo, so that what rounding leaves is shared by both of its ends.
  const tooMuch = ((start - from + length / 2) * scaled) / whole - wanted / 2;
  return { from, whole, scaled, skipped: Math.min(scaled - wanted, Math.max(0, Math.round(tooMuch))) };
};

/**
 * The size of what was taken out of a result: the photo's own where the model worked smaller. Where it worked larger, as on a
 * small old photo, its pixels stay: that they are more is a part of the edit. Of a tiny photo the server has stretched the canvas
 * a little, and that is taken back.
 */
export const restored = (taken: Size, photo: Size): Size => {
  if (taken.width * taken.height <= photo.width * photo.height) return photo;
  const whole = scaled(taken, 1);
  return isLike(whole, photo) ? whole : scaled(photo, Math.min(taken.width / photo.width, taken.height / photo.height));
};
