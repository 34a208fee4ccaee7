import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import type { JobOrder } from '../src/domain/job.ts';
import { sizeOf } from '../src/images/canvas.ts';
import { type Box, cutFor, modelSizes, placed, restored, type Size } from '../src/images/frame.ts';
import { preparePhoto } from '../src/images/photo.ts';
import { inFull, openResult } from '../src/images/result.ts';
import { type Edit, turnColours } from '../src/sandbox/comfyui/pictures.ts';
import { createPhotoStore } from '../src/storage/photo-store.ts';
import { openStudio, type Studio } from './studio.ts';

const size = (text: string): Size => {
  const [width, height] = text.split('×').map(Number) as [number, number];
  return { width, height };
};
const words = ({ width, height }: Size): string => `${width}×${height}`;

// --- where a photo lies ---

test('the model works at 17 sizes of about a megapixel, each also the other way round, with sides that the model can divide', t => {
  t.is(modelSizes.length, 17);
  for (const { width, height } of modelSizes) {
    t.true(modelSizes.some(other => other.width === height && other.height === width));
    t.true(width % 16 === 0 && height % 16 === 0);
    t.true(Math.abs(width * height - 1024 ** 2) < 16_000);
  }
});

const places: readonly [photo: string, model: string, canvas: string, box: string][] = [
  ['1280×960', '1184×880', '1184×880', '5,0 1173×880'],
  ['960×1280', '880×1184', '880×1184', '0,5 880×1173'],
  ['2048×1152', '1392×752', '1392×752', '27,0 1337×752'],
  ['1152×2048', '752×1392', '752×1392', '0,27 752×1337'],
  ['1500×1000', '1248×832', '1248×832', '0,0 1248×832'],
  ['1248×832', '1248×832', '1248×832', '0,0 1248×832'],
  ['2048×683', '1568×672', '1568×672', '0,74 1568×523'],
  ['2048×32', '1568×672', '1568×672', '0,323 1568×25'],
  ['1×2048', '672×1568', '672×1568', '335,0 1×1568'],
  // Smaller than what the model works at: they are left for the server to enlarge.
  ['1000×1000', '1024×1024', '1000×1000', '0,0 1000×1000'],
  ['640×480', '1184×880', '646×480', '3,0 640×480'],
  ['320×240', '1184×880', '323×240', '1,0 320×240'],
  ['33×900', '672×1568', '386×900', '176,0 33×900'],
  ['32×32', '1024×1024', '32×32', '0,0 32×32'],
  ['40×32', '1104×944', '40×35', '0,1 40×32'],
];

const spelled = ({ left, top, ...size }: Box): string => `${left},${top} ${words(size)}`;

for (const [photo, model, canvas, box] of places)
  test(`a photo of ${photo} lies at ${box} on ${canvas} for ${model}, and is found there again`, t => {
    const place = placed(size(photo));
    t.deepEqual([words(place.model), words(place.canvas), spelled(place.box)], [model, canvas, box]);
    t.deepEqual(cutFor(place.canvas, size(photo))?.outer, place.box);
    t.truthy(cutFor(place.model, size(photo)));
  });

test('of all proportions those are taken that leave the least around the photo', t => {
  for (const photo of ['1280×960', '2048×1152', '1080×1080', '900×1250', '1999×1000', '33×900', '1201×1003'].map(size)) {
    const share = (model: Size): number =>
      (photo.width * photo.height * Math.min(model.width / photo.width, model.height / photo.height) ** 2) /
      (model.width * model.height);
    const best = Math.max(...modelSizes.map(share));
    t.is(share(placed(photo).model), best, words(photo));
  }
});

/**
 * What the node does with a picture (comfy_extras/nodes_flux.py, comfy.utils.common_upscale): the size it scales to, what it cuts
 * before.
 */
function fluxKontextImageScale({ width, height }: Size): { to: Size; cut: [x: number, y: number] } {
  const off = (one: Size): number => Math.abs(width / height - one.width / one.height);
  const to = modelSizes.reduce((best, one) => (off(one) < off(best) ? one : best));
  const [is, wanted] = [width / height, to.width / to.height];
  const x = is > wanted ? Math.round((width - width * (wanted / is)) / 2) : 0;
  const y = is < wanted ? Math.round((height - height * (is / wanted)) / 2) : 0;
  return { to, cut: [x, y] };
}

test('every size has a place inside its canvas and touches two opposite edges, and the node cuts nothing off', t => {
  for (let width = 1; width <= 2048; width += 23)
    for (let height = 1; height <= 2048; height += 19) {
      const { model, canvas, box } = placed({ width, height });
      const what = `${width}×${height}`;
      t.true(box.left >= 0 && box.top >= 0 && box.width >= 1 && box.height >= 1, what);
      t.true(box.left + box.width <= canvas.width && box.top + box.height <= canvas.height, what);
      t.true(box.width === canvas.width || box.height === canvas.height, what);
      t.true(box.width <= width && box.height <= height, what);
      // Photos of fewer pixels are not taken.
      if (Math.min(width, height) >= 32) t.deepEqual(fluxKontextImageScale(canvas), { to: model, cut: [0, 0] }, what);
    }
});

const cuts: readonly [result: string, photo: string, why: string, outer: string, scaled: string, inner: string][] = [
  ['1184×880', '1280×960', 'the canvas itself', '5,0 1173×880', '1280×960', '0,0 1280×960'],
  ['2368×1760', '1280×960', 'twice the canvas', '10,0 2346×1760', '2346×1760', '0,0 2346×1760'],
  ['1024×761', '1280×960', 'the canvas made smaller', '4,0 1015×761', '1281×960', '1,0 1280×960'],
  ['1024×553', '2048×1152', 'the canvas made much smaller', '19,0 985×553', '2051×1152', '2,0 2048×1152'],
  ['1184×881', '1280×960', 'the canvas and a pixel more', '5,0 1173×881', '1280×960', '0,0 1280×960'],
  ['1184×880', '640×480', 'a canvas that the server made larger', '5,0 1174×880', '1174×880', '1,0 1173×880'],
  ['646×480', '640×480', 'the canvas of a small photo', '3,0 640×480', '640×480', '0,0 640×480'],
  ['1104×944', '40×32', 'a tiny canvas that the server made large', '0,26 1104×865', '1079×865', '0,1 1079×863'],
  ['7×16', '33×900', 'a canvas that has become tiny', '3,0 1×16', '55×900', '11,0 33×900'],
];

for (const [result, photo, why, outer, scaled, inner] of cuts)
  test(`in a result of ${result}, ${why}, the photo of ${photo} is found`, t => {
    const cut = cutFor(size(result), size(photo))!;
    t.deepEqual([spelled(cut.outer), words(cut.scaled), spelled(cut.inner)], [outer, scaled, inner]);
  });

for (const [result, why] of [
  ['1184×888', 'a canvas with something under it'],
  ['1024×1024', 'a square of something wide'],
  ['880×1184', 'a canvas turned'],
] as const)
  test(`in a result of ${result}, ${why}, no photo is looked for`, t => t.is(cutFor(size(result), size('1280×960')), undefined));

test('whatever the sizes, what is cut lies in the result, what stays lies in that, and nothing moves by more than a pixel', t => {
  for (const photo of ['1280×960', '2048×1152', '1152×2048', '640×480', '33×900', '1×2048', '2048×32', '1999×1501'].map(size)) {
    const { model, canvas, box } = placed(photo);
    for (let width = Math.ceil(model.width / 2); width <= 2 * model.width; width += 7) {
      const result = { width, height: Math.round((width * model.height) / model.width) };
      const { outer, scaled, inner } = cutFor(result, photo)!;
      const what = `${words(photo)} in ${words(result)}`;
      t.true(outer.left >= 0 && outer.left + outer.width <= result.width, what);
      t.true(outer.top >= 0 && outer.top + outer.height <= result.height, what);
      t.true(inner.left >= 0 && inner.left + inner.width <= scaled.width, what);
      t.true(inner.top >= 0 && inner.top + inner.height <= scaled.height, what);
      for (const [part, wanted] of [[0, 0] as const, [1, inner.width] as const]) {
        const at = ((box.left + part * box.width) * result.width) / canvas.width;
        const moved = ((at - outer.left) * scaled.width) / outer.width - inner.left - wanted;
        t.true(Math.abs(moved) <= 0.8, `${what}: ${moved}`);
      }
    }
  }
});

test('what the model made smaller gets the size of the photo, what it made larger keeps its own', t => {
  t.is(words(restored(size('1173×880'), size('1280×960'))), '1280×960');
  t.is(words(restored(size('1337×752'), size('2048×1152'))), '2048×1152');
  t.is(words(restored(size('1173×880'), size('640×480'))), '1173×880');
  t.is(words(restored(size('1173×880'), size('1173×880'))), '1173×880');
  t.is(words(restored(size('1104×863'), size('40×32'))), '1079×863');
});

// --- pictures ---

const fractions = [0.2, 0.5, 0.8];

/** Black lines on white, across and down, at known places. */
const grid = ({ width, height }: Size): Promise<Buffer> => {
  const line = (length: number) => Math.max(2, Math.round(length / 150));
  const lines = fractions.flatMap(at => [
    `<rect x="${Math.round(at * width)}" y="0" width="${line(width)}" height="${height}"/>`,
    `<rect x="0" y="${Math.round(at * height)}" width="${width}" height="${line(height)}"/>`,
  ]);
  const svg = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${lines.join('')}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
};

/**
 * Where the lines are, as parts of the sides: the centre of what is dark near each, in a strip between the lines of the other
 * way.
 */
async function linesIn(picture: Buffer): Promise<{ down: number[]; across: number[] }> {
  const { data, info } = await sharp(picture).greyscale().raw().toBuffer({ resolveWithObject: true });
  const darkness = (x: number, y: number): number => 255 - data[(y * info.width + x) * info.channels]!;
  const centre = (length: number, other: number, at: number, dark: (along: number, aside: number) => number): number => {
    let [weight, sum] = [0, 0];
    for (let along = Math.floor((at - 0.12) * length); along < (at + 0.15) * length; along++)
      for (let aside = Math.floor(0.3 * other); aside <= 0.4 * other; aside++) {
        const value = dark(along, aside);
        if (value < 40) continue;
        weight += value;
        sum += value * (along + 0.5);
      }
    return sum / weight / length;
  };
  return {
    down: fractions.map(at => centre(info.width, info.height, at, darkness)),
    across: fractions.map(at => centre(info.height, info.width, at, (y, x) => darkness(x, y))),
  };
}

/**
 * How far the lines of two pictures lie apart at most, in pixels of the second. Half a pixel of it is libvips' way to enlarge.
 */
async function shift(before: Buffer, after: Buffer): Promise<number> {
  const [from, to, { width, height }] = await Promise.all([linesIn(before), linesIn(after), sizeOf(after)]);
  const apart = (a: number[], b: number[], length: number) => a.map((at, n) => Math.abs(at - b[n]!) * length);
  return Math.max(...apart(from.down, to.down, width), ...apart(from.across, to.across, height));
}

/** As the photo store would send it. */
const canvasOf = async (picture: Buffer): Promise<Buffer> =>
  (await (
    await preparePhoto(picture, { goesOnCanvas: true })
  ).canvas)!;

const pixels = async (picture: Buffer) => {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return (x: number, y: number) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
};

test('around the photo lies its mirror image: no black, no other colour, no hard edge', async t => {
  const ramp = Buffer.from(
    '<svg width="2048" height="1152"><linearGradient id="a"><stop offset="0" stop-color="#e02020"/><stop offset="1" stop-color="#2020e0"/></linearGradient><rect width="100%" height="100%" fill="url(#a)"/></svg>',
  );
  const canvas = await canvasOf(await sharp(ramp).png().toBuffer());
  const at = await pixels(canvas);
  for (let out = 1; out <= 27; out++) {
    const [outside, inside] = [at(27 - out, 300), at(26 + out, 300)];
    outside.forEach((value, channel) => {
      t.true(Math.abs(value - inside[channel]!) <= 3, `${out} px out: ${outside} and ${inside}`);
    });
  }
});

test('a photo that fills its canvas goes to the server as it is kept, byte for byte', async t => {
  for (const full of ['1248×832', '1000×1000']) {
    const picture = await grid(size(full));
    const { store, photo } = openStore(t, () => Promise.resolve(picture));
    await store.prepare(order);
    t.true((await store.read(order))[0]!.bytes.equals(readFileSync(photo(1))));
  }
});

test('what stood around the photo is not in the result, even when it was painted over', async t => {
  for (const photo of ['1280×960', '960×1280', '2048×1152', '640×480', '33×900'].map(size)) {
    const { canvas, box } = placed(photo);
    const inner = sharp({ create: { width: box.width, height: box.height, channels: 3, background: '#00ff00' } }).png();
    const painted = await sharp({ create: { ...canvas, channels: 3, background: '#ff0000' } })
      .composite([{ input: await inner.toBuffer(), left: box.left, top: box.top }])
      .png()
      .toBuffer();
    const png = await inFull(await openResult(painted, photo));
    const { channels } = await sharp(png).stats();
    t.deepEqual(
      channels.slice(0, 3).map(({ min, max }) => [min, max]),
      [
        [0, 0],
        [255, 255],
        [0, 0],
      ],
      words(photo),
    );
  }
});

test('a result that says how it is to be turned is turned before its frame is looked for', async t => {
  const upright = await canvasOf(await grid(size('1280×960')));
  const sideways = await sharp(upright).rotate(-90).withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
  const result = await openResult(sideways, size('1280×960'));
  t.like(result.raw, size('1280×960'));
  t.true((await shift(await grid(size('1280×960')), await inFull(result))) <= 1);
});

// --- the photo store ---

const order = { id: '0b6a7c7e-6f0e-4a8e-9d5e-2f6f1c0a1b2c', files: [{}, {}] } as unknown as JobOrder;
const openStore = (t: ExecutionContext, download: () => Promise<Buffer>) => {
  const folder = mkdtempSync(join(tmpdir(), 'frame-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'photos'));
  const file = (kind: string) => join(folder, 'results', `${order.id}.${kind}`);
  const result = () => readFileSync(file('jpg'));
  return {
    ...{ folder, file },
    store: createPhotoStore({ folder, download }),
    photo: (n: number) => join(folder, 'photos', `${order.id}-${n}.jpg`),
    canvas: join(folder, 'photos', `${order.id}-canvas.jpg`),
    result,
  };
};
const nothing = () => Promise.reject(new Error('nothing is fetched'));

test('a store that never saw the job before, as after a crash, gives its result the frame of the photo on disk', async t => {
  const photo = (await preparePhoto(await grid(size('1280×960')))).bytes;
  const before = openStore(t, () => Promise.resolve(photo));
  await before.store.prepare(order);
  const [first] = await before.store.read(order);
  const after = openStore(t, nothing);
  writeFileSync(after.photo(1), readFileSync(before.photo(1)));
  t.is(await after.store.saveResult(order.id, first!.bytes), 'saved');
  t.is(words(await sizeOf(after.result())), '1280×960');
});

test('without the photo a result keeps the frame it has', async t => {
  const { store, result } = openStore(t, nothing);
  t.is(await store.saveResult(order.id, await grid(size('1184×880'))), 'saved');
  t.is(words(await sizeOf(result())), '1184×880');
});

test('the first photo goes to the server on its canvas and stays on disk as it was, the second goes as it is', async t => {
  const picture = await grid(size('1280×960'));
  const { store, photo } = openStore(t, () => Promise.resolve(picture));
  await store.prepare(order);
  const [first, second] = await store.read(order);
  t.is(words(await sizeOf(first!.bytes)), '1184×880');
  t.is(words(await sizeOf(readFileSync(photo(1)))), '1280×960');
  t.deepEqual(second!.bytes, readFileSync(photo(2)));
  t.deepEqual([first!.name, second!.name], [`${order.id}-1.jpg`, `${order.id}-2.jpg`]);
});

for (const [what, harm] of [
  ['was lost', (path: string) => rmSync(path)],
  ['has lost its end', (path: string) => writeFileSync(path, readFileSync(path).subarray(0, -2_000))],
  ['has become nothing', (path: string) => writeFileSync(path, '')],
] as const)
  test(`a photo or a canvas that ${what} on disk is fetched again`, async t => {
    const picture = await grid(size('1280×960'));
    const { store, photo, canvas } = openStore(t, () => Promise.resolve(picture));
    await store.prepare(order);
    const sent = async () => (await store.read(order)).map(({ bytes }) => bytes.toString('base64'));
    const before = await sent();
    for (const path of [photo(1), photo(2), canvas]) {
      harm(path);
      t.true(
        (await sent()).every((one, n) => one === before[n]),
        path,
      );
    }
  });

/** As much for the codecs to do as in a photo, so that no two ways to its canvas give the same bytes by chance. */
const grainy = (): Promise<Buffer> =>
  sharp({
    create: { ...size('1280×960'), channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .jpeg()
    .toBuffer();
const ordersOfOne = (count: number): JobOrder[] =>
  Array.from({ length: count }, (_, n) => ({ ...order, id: `${n}${order.id.slice(1)}`, files: [{}] }) as unknown as JobOrder);

for (const [what, picture] of [
  ['on its canvas', grainy],
  ['that fills its canvas', () => grid(size('1248×832'))],
] as const)
  test.serial(
    `a photo ${what} is the same bytes each time: alone, again, after a restart, fetched anew, and among many`,
    async t => {
      const bytes = await picture();
      const [one] = ordersOfOne(1) as [JobOrder];
      const { store, folder } = openStore(t, () => Promise.resolve(bytes));
      const sent = async (from = store, job = one): Promise<Buffer> => (await from.read(job))[0]!.bytes;
      await store.prepare(one);
      const first = await sent();
      t.true(first.equals(await sent()), 'again');
      t.true(first.equals(await sent(createPhotoStore({ folder, download: nothing }))), 'after a restart');
      rmSync(join(folder, 'photos'), { recursive: true });
      t.true(first.equals(await sent()), 'fetched anew');
      const many = ordersOfOne(9).slice(1);
      const amongMany = await Promise.all(many.map(job => store.prepare(job).then(() => sent(store, job))));
      for (const other of amongMany) t.true(first.equals(other), 'among many');
    },
  );

test('of many photos at once the first is ready for its server long before the last has been prepared', async t => {
  const bytes = await grainy();
  const { store } = openStore(t, () => Promise.resolve(bytes));
  let prepared = 0;
  const jobs = ordersOfOne(9).map(async job => {
    await store.prepare(job);
    prepared++;
    await store.read(job);
  });
  await Promise.race(jobs);
  t.true(prepared <= 6, `${prepared} of 9 went before it`);
  await Promise.all(jobs);
});

test('a result in full quality keeps the frame of a photo that is no longer kept itself', async t => {
  const photo = await grid(size('1280×960'));
  const { store, photo: path, file } = openStore(t, nothing);
  writeFileSync(path(1), (await preparePhoto(photo)).bytes);
  await store.saveResult(order.id, await canvasOf(photo));
  rmSync(path(1));
  const full = (await store.readFullResult(order.id))!;
  t.like(await sharp(full).metadata(), { format: 'png', ...size('1280×960') });
  t.true((await shift(photo, full)) <= 1);
  t.true((await shift(photo, readFileSync(file('jpg')))) <= 1);
});

test('a result is whole where its picture for the chat is, and nowhere else', async t => {
  const { store, file } = openStore(t, nothing);
  await store.saveResult(order.id, await grid(size('1184×880')));
  t.true(await store.hasResult(order.id));
  rmSync(file('jpg'));
  t.false(await store.hasResult(order.id));
  rmSync(file('full'));
  t.deepEqual([await store.readResult(order.id), await store.readFullResult(order.id)], [undefined, undefined]);
});

test('what is no picture leaves nothing behind', async t => {
  const { store, file } = openStore(t, nothing);
  t.is(await store.saveResult(order.id, Buffer.from('<html>')), 'damaged');
  t.false(await store.hasResult(order.id));
  t.deepEqual(readdirOf(dirname(file('jpg'))), []);
});

// --- the whole house ---

/** Sends the grid of this size through the house; what the server got, what lies on disk, and what came of it. */
async function throughHouse({ telegram, comfy, folder }: Studio, id: number, photo: Size) {
  const person = telegram.person(id);
  const known = new Set(readdirOf(join(folder, 'results')).map(name => name.slice(0, 36)));
  person.sendDocument(await grid(photo), { fileName: 'grid.png', mimeType: 'image/png', caption: 'make it snow' });
  await person.waitFor(/Обработка завершена/);
  const jobId = readdirOf(join(folder, 'results'))
    .map(name => name.slice(0, 36))
    .find(id => !known.has(id))!;
  const store = createPhotoStore({ folder, download: nothing });
  return {
    uploaded: comfy.files.read('input', `${jobId}-1.jpg`)!,
    prepared: readFileSync(join(folder, 'photos', `${jobId}-1.jpg`)),
    result: (await store.readFullResult(jobId))!,
    inChat: readFileSync(join(folder, 'results', `${jobId}.jpg`)),
  };
}

const readdirOf = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const same: Edit = async ([photo]) => photo!;
const free = { UNLIMITED_PROCESSING: 'true' };

/** As the real server: the node scales the canvas to the size it likes best, and the model answers at that size. */
const atModelSize: Edit = async ([photo]) => {
  const canvas = await sizeOf(photo!);
  const { to, cut } = fluxKontextImageScale(canvas);
  const [left, top] = cut;
  return sharp(photo!)
    .extract({ left, top, width: canvas.width - 2 * left, height: canvas.height - 2 * top })
    .resize({ ...to, fit: 'fill' })
    .png()
    .toBuffer();
};

/** What is sent, the size of what comes back, and of what comes back from a server that works at the model's size. */
const journeys: readonly [sent: string, back: string, worked?: string][] = [
  ['1280×960', '1280×960'],
  ['960×1280', '960×1280'],
  ['2048×1152', '2048×1152'],
  ['1152×2048', '1152×2048'],
  ['1500×1000', '1500×1000'],
  ['3000×1000', '2048×683'],
  ['1800×40', '1800×40'],
  ['1000×1000', '1000×1000', '1024×1024'],
  ['640×480', '640×480', '1173×880'],
  ['33×900', '33×900', '57×1568'],
];

const edits: readonly [what: string, edit: Edit, isAtModelSize: boolean][] = [
  ['changes nothing', same, false],
  ['works at the sizes that the model likes', atModelSize, true],
  ['makes smaller what it makes', turnColours, false],
];

for (const [what, edit, isAtModelSize] of edits)
  test(`a server that ${what} gives every photo back in its own frame, no line shifted by more than a pixel`, async t => {
    const studio = await openStudio(t, { comfy: { edit }, env: free });
    let id = 4000;
    for (const [sent, back, worked] of journeys) {
      const { uploaded, prepared, result, inChat } = await throughHouse(studio, id++, size(sent));
      t.is(words(await sizeOf(uploaded)), words(placed(await sizeOf(prepared)).canvas), `${sent} as the server got it`);
      t.is(words(await sizeOf(result)), (isAtModelSize && worked) || back, `${sent} as it came back`);
      const moved = await shift(prepared, result);
      t.true(moved <= 1, `${sent}: moved by ${moved} px`);
      // The chat has its own frame for what is longer than Telegram takes.
      const { width, height } = await sizeOf(result);
      if (Math.max(width / height, height / width) < 20) t.true((await shift(prepared, inChat)) <= 1, `${sent} in the chat`);
    }
  });

test('a server that makes something of another shape gives back what it made', async t => {
  const poster = await sharp({ create: { width: 512, height: 768, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const studio = await openStudio(t, { comfy: { edit: async () => poster }, env: free });
  const { result } = await throughHouse(studio, 4100, size('1280×960'));
  t.is(words(await sizeOf(result)), '512×768');
});
