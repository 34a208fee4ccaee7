import type { Edit } from '../pictures.ts';
import { type Chance, chanceOf } from './chance.ts';
import { coloured, hueTurn, saturation } from './colour.ts';
import { curved, gamma } from './curves.ts';
import { inOrder, type Look, partly } from './look.ts';
import { stuff } from './materials.ts';
import { duotone, oneColour, ownLooks, plainGround } from './own-looks.ts';
import { asPng, opened, type Picture } from './picture.ts';
import { presetLooks } from './preset-looks.ts';
import { recognised } from './recognised.ts';
import { sketched } from './scene.ts';
import { together } from './together.ts';
import { type Wish, wishesIn } from './words.ts';

/** More would only make mud, and take longer than a person waits. */
const wishesMost = 5;

/** A colour named among other wishes is only a breath, or nothing of them would be seen. */
const lookOf = (wish: Wish, _index: number, { length }: readonly Wish[]): Look => {
  if (typeof wish === 'string') return ownLooks[wish];
  if ('ground' in wish) return plainGround(wish.ground);
  return partly(length > 1 ? 0.45 : 1, oneColour(wish.tint));
};

/** A preset's look, what the words ask for, or, if nobody knows, two inks. */
const lookFor = (prompt: string, seed: number): Look => {
  const slug = recognised(prompt);
  if (slug !== undefined && presetLooks[slug]) return presetLooks[slug];
  const wishes = wishesIn(prompt).slice(0, wishesMost);
  return wishes.length > 0 ? inOrder(...wishes.map(lookOf)) : duotone(`${seed}:${prompt}`);
};

/** Another seed is another try: a little lighter or darker, a breath of another hue. */
const seasoned: Look = (picture: Picture, chance: Chance) =>
  inOrder(
    coloured(hueTurn(chance.between(-5, 5)), saturation(chance.between(0.92, 1.1))),
    curved(gamma(chance.between(0.9, 1.12))),
  )(picture, chance);

/** Without a photo: a sky of the words' own. */
const imagined = (prompt: string, chance: Chance): Promise<Picture> => {
  const skies = [
    ['#22577a', '#57cc99', '#f4d58d'],
    ['#3d348b', '#f18701', '#f7b801'],
    ['#5f0f40', '#fb8b24', '#ffe8d6'],
  ] as const;
  const stops = chanceOf(prompt).pick(skies);
  return prompt === '' ? sketched(stops[0], () => '')(512, 512, chance) : stuff(stops, 4, 3, 4)(512, 512, chance);
};

/**
 * An edit as a person without a GPU sees it: a seeded preset's own look, or what the words of an own prompt ask for. Two and
 * three photos become one picture first. The same photos, words and seed give the same bytes; another seed gives another try.
 * Rejects what is no picture.
 */
export const sandboxEdit: Edit = async (photos, { prompt, seed }) => {
  const chance = chanceOf(`${seed}:${prompt}`);
  const pictures: Picture[] = [];
  for (const photo of photos) pictures.push(await opened(photo));
  const whole = pictures.length > 0 ? await together(pictures) : await imagined(prompt, chance);
  return asPng(await inOrder(seasoned, lookFor(prompt, seed))(whole, chance));
};
