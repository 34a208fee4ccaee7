import { once } from 'node:events';
import test from 'ava';
import sharp from 'sharp';
import { WebSocket } from 'ws';
import { seedPresets } from '../src/domain/seed-presets.ts';
import { chanceOf } from '../src/sandbox/comfyui/edits/chance.ts';
import { developing } from '../src/sandbox/comfyui/edits/developing.ts';
import { ownLooks } from '../src/sandbox/comfyui/edits/own-looks.ts';
import { opened } from '../src/sandbox/comfyui/edits/picture.ts';
import { presetLooks } from '../src/sandbox/comfyui/edits/preset-looks.ts';
import { recognised } from '../src/sandbox/comfyui/edits/recognised.ts';
import { sandboxEdit } from '../src/sandbox/comfyui/edits/sandbox-edit.ts';
import { type Wish, wishesIn } from '../src/sandbox/comfyui/edits/words.ts';
import { startComfyUI } from '../src/sandbox/comfyui/server.ts';
import { buildGraph } from '../workflows/index.ts';
import { samplePhoto } from './portrait.ts';

const edit = (photos: Buffer[], prompt: string, seed = 7) => sandboxEdit(photos, { prompt, seed, steps: 4 });

/** A green bottle on a table by a window: few colours, a plain background, nothing like a portrait. */
const bottle = (): Promise<Buffer> =>
  sharp(
    Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="360" height="480"><defs><linearGradient id="g"><stop offset="0" stop-color="#0f5132"/><stop offset="0.4" stop-color="#52b788"/><stop offset="1" stop-color="#0b3d26"/></linearGradient></defs>
<rect width="360" height="480" fill="#c9b8a8"/><rect x="20" y="20" width="90" height="170" fill="#eaf4ff"/><rect y="360" width="360" height="120" fill="#7c5a41"/>
<path d="M150 430V220q0-40 20-60V80h24v80q20 20 20 60V430q-32 14-64 0z" fill="url(#g)"/><rect x="150" y="270" width="64" height="90" fill="#f6e7c1"/></svg>`),
  )
    .resize(180)
    .jpeg()
    .toBuffer();

const plain = (background: string, width = 320, height = 240): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();

const thumbnail = (image: Buffer): Promise<Buffer> =>
  sharp(image).resize(64, 64, { fit: 'fill' }).removeAlpha().toColourspace('srgb').raw().toBuffer();

/** How far two thumbnails are apart, on average over all values from 0 to 255. */
const apart = (one: Buffer, other: Buffer): number =>
  one.reduce((sum, value, at) => sum + Math.abs(value - other[at]!), 0) / one.length;

const colourAt = async (image: Buffer, x: number, y: number): Promise<number[]> => {
  const { width, height } = await sharp(image).metadata();
  const place = { left: Math.floor(width * x), top: Math.floor(height * y), width: 1, height: 1 };
  return [...(await sharp(image).removeAlpha().extract(place).raw().toBuffer())];
};

const scenes: readonly (readonly [what: string, photo: () => Promise<Buffer>])[] = [
  ['a portrait', () => samplePhoto(240, 180)],
  ['a bottle', bottle],
];

/** The short form looks at one scene, and at one narrow photo. */
const isLong = Boolean(process.env['LONG']);

for (const [what, photo] of isLong ? scenes : scenes.slice(0, 1)) {
  test(`every seeded preset changes ${what} visibly, and each in another way`, async t => {
    const input = await photo();
    const seen: [name: string, thumb: Buffer][] = [['the photo itself', await thumbnail(input)]];
    for (const { slug, prompt } of seedPresets) {
      const thumb = await thumbnail(await edit([input], prompt));
      for (const [name, other] of seen) t.true(apart(thumb, other) > 4, `${slug} and ${name}: ${apart(thumb, other).toFixed(1)}`);
      seen.push([slug, thumb]);
    }
  });
}

test('every seeded preset has a look, and no look is without a preset', t => {
  t.deepEqual(Object.keys(presetLooks).sort(), seedPresets.map(({ slug }) => slug).sort());
});

test('a preset is recognised by its prompt, also after an operator changed some words', t => {
  for (const { slug, prompt } of seedPresets) {
    t.is(recognised(prompt), slug);
    t.is(recognised(`  ${prompt}\n`), slug);
    t.is(recognised(`${prompt.replace(/Keep/g, 'Please keep').split(' ').slice(3).join(' ')} Make it beautiful.`), slug);
  }
});

test('words of one’s own are nobody’s preset', t => {
  for (const words of ['', 'сделай зимний лес', 'an oil painting', 'Keep the composition and framing unchanged. No text.']) {
    t.is(recognised(words), undefined, words);
  }
});

test('the same photo, words and seed give the same bytes; another seed gives another try of the same look', async t => {
  const photo = await samplePhoto(320, 240);
  for (const { slug, prompt } of seedPresets.filter((_, n) => n % 6 === 0)) {
    const first = await edit([photo], prompt, 1);
    t.true(first.equals(await edit([photo], prompt, 1)), slug);
    const second = await edit([photo], prompt, 2);
    t.true(apart(await thumbnail(first), await thumbnail(second)) > 0.5, slug);
  }
});

test('the result is a PNG in the proportions of the first photo, at most 1024 on a side and never enlarged', async t => {
  const cases = [
    [1600, 800, 1024, 512],
    [600, 1200, 512, 1024],
    [200, 100, 200, 100],
    [1, 1, 1, 1],
    [3, 400, 3, 400],
  ] as const;
  for (const [width, height, w, h] of cases) {
    for (const prompt of ['ярче', seedPresets[0]!.prompt, seedPresets.find(({ slug }) => slug === 'instant-photo')!.prompt]) {
      const made = await edit([await plain('teal', width, height), await plain('red', 40, 90)], prompt);
      t.like(await sharp(made).metadata(), { format: 'png', width: w, height: h }, `${width}×${height} ${prompt}`);
    }
  }
});

test('every look can do the smallest and the narrowest photos, and keeps their size', async t => {
  const sizes: readonly [number, number][] = [
    [3, 300],
    [1, 1],
    [300, 2],
  ];
  for (const [width, height] of isLong ? sizes : sizes.slice(0, 1)) {
    const photo = await opened(await plain('orange', width, height));
    for (const [name, look] of Object.entries({ ...presetLooks, ...ownLooks })) {
      const made = await look(photo, chanceOf(name));
      t.deepEqual([made.width, made.height, made.data.length], [width, height, width * height * 3], `${name} ${width}×${height}`);
    }
  }
});

test('photos are taken as a camera leaves them: grey, turned, or with transparency', async t => {
  const grey = await sharp(await samplePhoto(90, 60))
    .greyscale()
    .jpeg()
    .toBuffer();
  const turned = await sharp(await samplePhoto(90, 60))
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const clear = await sharp({ create: { width: 90, height: 60, channels: 4, background: '#ff000000' } })
    .png()
    .toBuffer();
  t.like(await sharp(await edit([grey], 'warm')).metadata(), { width: 90, height: 60 });
  t.like(await sharp(await edit([turned], 'warm')).metadata(), { width: 60, height: 90 });
  t.deepEqual(await colourAt(await edit([clear], 'mirror'), 0.5, 0.5), [255, 255, 255]);
});

const heard: readonly (readonly [words: string, wishes: readonly Wish[]])[] = [
  ['сделай чёрно-белым', ['blackWhite']],
  ['Ч/б, пожалуйста', ['blackWhite']],
  ['make it black and white', ['blackWhite']],
  ['зимний пейзаж со снегом', ['snow']],
  ['Let it snow!', ['snow']],
  ['хочу лето', ['summer']],
  ['осенние листья', ['autumn']],
  ['spring blossoms', ['spring']],
  ['ночью под звёздами', ['night', 'stars']],
  ['a starry night', ['stars', 'night']],
  ['на закате', ['sunset']],
  ['под дождём', ['rain']],
  ['a rainbow after the rain', ['rainbow', 'rain']],
  ['в тумане', ['fog']],
  ['сделай потеплее и посветлее', ['warm', 'bright']],
  ['сделай теплее и ярче', ['warm', 'bright']],
  ['colder and darker', ['cold', 'dark']],
  ['размой задний фон', ['blurBackground']],
  ['blur the background', ['blurBackground']],
  ['убери фон', ['removeBackground']],
  ['remove the background', ['removeBackground']],
  ['на синем фоне', [{ ground: '#2455d6' }]],
  ['red background, vintage', [{ ground: '#e0202e' }, 'vintage']],
  ['сделай всё розовым', [{ tint: '#f25fa0' }]],
  ['a green mood', [{ tint: '#2fa84f' }]],
  ['reduce and redraw', []],
  ['набросок карандашом', ['sketch', 'pencil']],
  ['мультяшный стиль', ['cartoon']],
  ['как в аниме', ['anime']],
  ['ретро, сепия', ['vintage', 'sepia']],
  ['неоновый свет', ['neon']],
  ['в золотой рамке', [{ tint: '#d4a017' }, 'frame']],
  ['отзеркаль', ['mirror']],
  ['переверни вверх ногами', ['upsideDown']],
  ['rotate left', ['turnLeft']],
  ['поверни', ['turnRight']],
  ['чётче', ['sharp']],
  ['пиксельная графика', ['pixels']],
  ['с сердечками и короной', ['hearts', 'crown']],
  ['С днём рождения', ['party']],
  ['новогоднее', ['christmas']],
  ['снег, потом дождь, потом снег', ['snow', 'rain']],
  ['без снега, но с туманом', ['fog']],
  ['no rain please, but hearts', ['hearts']],
  ['', []],
  ['сделай красиво', []],
];

for (const [words, wishes] of heard) {
  test(`“${words}” asks for ${JSON.stringify(wishes)}`, t => {
    t.deepEqual(wishesIn(words), wishes);
  });
}

test('words ask for several looks at once, and the picture shows them', async t => {
  const photo = await plain('#b08050');
  const [red, green, blue] = await colourAt(await edit([photo], 'сделай чёрно-белым'), 0.5, 0.5);
  t.true(Math.abs(red! - green!) < 3 && Math.abs(green! - blue!) < 3);
  const [r, , b] = await colourAt(await edit([photo], 'на синем фоне'), 0.03, 0.03);
  t.true(b! > r! + 100);
  const half = await sharp(await plain('white'))
    .composite([{ input: await plain('black', 160, 240), left: 0, top: 0 }])
    .png()
    .toBuffer();
  t.true((await colourAt(await edit([half], 'отзеркаль'), 0.9, 0.5))[0]! < 40);
});

test('words nobody foresaw still change the picture, and differently for other words and seeds', async t => {
  const photo = await samplePhoto(240, 180);
  const thumbs = [await thumbnail(photo)];
  for (const [words, seed] of [
    ['красиво', 1],
    ['unheard of', 1],
    ['красиво', 4],
  ] as const)
    thumbs.push(await thumbnail(await edit([photo], words, seed)));
  for (const [n, one] of thumbs.entries()) for (const other of thumbs.slice(0, n)) t.true(apart(one, other) > 1);
  t.true(apart(thumbs[0]!, thumbs[1]!) > 10);
});

test('without a photo there is a picture all the same', async t => {
  t.like(await sharp(await edit([], 'море на закате')).metadata(), { format: 'png', width: 512, height: 512 });
  t.like(await sharp(await edit([], '')).metadata(), { format: 'png', width: 512, height: 512 });
});

test('of two and three photos each is seen, the first in the most room', async t => {
  const [red, green, blue] = [await plain('#e00000'), await plain('#00b000', 100, 300), await plain('#0000e0', 300, 50)];
  const strongest = (colour: number[]) => colour.indexOf(Math.max(...colour));
  const counts = async (image: Buffer) => {
    const places = Array.from({ length: 20 }, (_, n) => (n + 0.5) / 20);
    const found = await Promise.all(places.map(async x => strongest(await colourAt(image, x, 0.5))));
    return [0, 1, 2].map(channel => found.filter(one => one === channel).length);
  };
  const [two, three] = [await counts(await edit([red, green], 'mirror')), await counts(await edit([red, green, blue], 'mirror'))];
  t.true(two[0]! > two[1]! && two[1]! > 6 && two[2] === 0);
  t.true(three[0]! > three[1]! && three[0]! > three[2]! && three[1]! > 3 && three[2]! > 3);
});

test('what is no picture is refused', async t => {
  await t.throwsAsync(edit([Buffer.from('not a picture')], 'ярче'));
  await t.throwsAsync(edit([await plain('red'), Buffer.from('not a picture')], 'ярче'));
});

test('previews come into focus: each is nearer to the result than the one before, at most 256 px, the same for the same seed', async t => {
  const finished = await edit([await samplePhoto(640, 480)], seedPresets[0]!.prompt);
  for (const steps of [1, 4, 8]) {
    const asked = { photos: [], seed: 3, steps };
    const [show, again] = [
      await developing(Promise.resolve(finished), asked),
      await developing(Promise.resolve(finished), asked),
    ];
    let last = Number.POSITIVE_INFINITY;
    for (let step = 1; step <= steps; step += 1) {
      const jpeg = await show(step);
      t.like(await sharp(jpeg).metadata(), { format: 'jpeg', width: 256, height: 192 });
      t.true(jpeg.equals(await again(step)));
      const distance = apart(await thumbnail(jpeg), await thumbnail(finished));
      t.true(distance < last, `step ${step} of ${steps}: ${distance} after ${last}`);
      last = distance;
    }
    t.true(last < 4);
  }
});

test('a stand-in with sandbox edits shows its previews on the wire, and saves the edit', async t => {
  const comfy = await startComfyUI({ edit: sandboxEdit, develop: developing, previews: true });
  t.teardown(comfy.close);
  comfy.files.write('input', 'a.png', await plain('teal'));
  const socket = new WebSocket(`${comfy.url.replace('http', 'ws')}/ws?clientId=c`);
  const jpegs: Buffer[] = [];
  socket.on('message', (data, isBinary) => isBinary && jpegs.push((data as Buffer).subarray(8)));
  await once(socket, 'open');
  const asked = { prompt: 'в рамке', seed: 5, photos: ['a.png'], filenamePrefix: 'x' };
  const body = JSON.stringify({ prompt: buildGraph('qwen-edit-2511', asked), client_id: 'c' });
  await fetch(`${comfy.url}/prompt`, { method: 'POST', body });
  t.is((await comfy.waitFor('ended', () => true, 60_000)).outcome, 'success');
  const pong = once(socket, 'pong');
  socket.ping();
  await pong;
  t.is(jpegs.length, 4);
  const saved = Buffer.from(await (await fetch(`${comfy.url}/view?filename=x_00001_.png`)).arrayBuffer());
  const result = await thumbnail(saved);
  t.true(apart(result, await thumbnail(await edit([await plain('teal')], 'в рамке', 5))) < 0.01);
  const distances = await Promise.all(jpegs.map(async jpeg => apart(await thumbnail(jpeg), result)));
  t.deepEqual(
    distances,
    [...distances].sort((one, other) => other - one),
  );
  socket.close();
});
