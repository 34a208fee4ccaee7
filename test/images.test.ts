import { deflateSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import sharp, { type Sharp } from 'sharp';
import { photoBytesMax } from '../src/domain/dialog.ts';
import type { PhotoRefusal } from '../src/domain/job.ts';
import { chatFrame, maxChatBytes } from '../src/images/chat-frame.ts';
import { imageWork, intakeWork } from '../src/images/limit.ts';
import { PhotoRefused, preparePhoto } from '../src/images/photo.ts';
import { forChat, inFull, openResult, ResultDamaged } from '../src/images/result.ts';

// --- pictures ---

const plain = (width = 64, height = 48, background = '#c02020') => sharp({ create: { width, height, channels: 3, background } });

const noise = (width: number, height: number, sigma = 60) =>
  sharp({ create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma } } });

const twoFrames = async (): Promise<Sharp> =>
  sharp([await plain().png().toBuffer(), await plain(64, 48, '#2020c0').png().toBuffer()], { join: { animated: true } });

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

const crc32 = (bytes: Buffer) => ~bytes.reduce((crc, byte) => crcTable[(crc ^ byte) & 255]! ^ (crc >>> 8), ~0) >>> 0;

const pngChunk = (name: string, content: Buffer) => {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), content]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(content.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), chunk.length - 4);
  return chunk;
};

const pngHeaderEnd = 33;
const withChunk = (png: Buffer, name: string, content: Buffer) =>
  Buffer.concat([png.subarray(0, pngHeaderEnd), pngChunk(name, content), png.subarray(pngHeaderEnd)]);

/** A few hundred bytes that claim to be a picture of any size. */
const pngOf = async (width: number, height: number) => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = (await plain().png().toBuffer()).subarray(0, 8);
  const pixels = pngChunk('IDAT', deflateSync(Buffer.alloc(1000)));
  return Buffer.concat([signature, pngChunk('IHDR', header), pixels, pngChunk('IEND', Buffer.alloc(0))]);
};

/** A JPEG with a comment segment right behind its start. */
const withComment = (jpeg: Buffer, comment: string) => {
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(comment.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), segment, Buffer.from(comment), jpeg.subarray(2)]);
};

// --- what is seen in them ---

const pixelAt = async (bytes: Buffer, x: number, y: number) => {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)];
};

const isNear = (t: ExecutionContext, actual: number[], expected: number[], tolerance = 6) =>
  t.true(
    actual.every((value, i) => Math.abs(value - expected[i]!) <= tolerance),
    `${actual} is not near ${expected}`,
  );

const isPlainJpeg = async (t: ExecutionContext, bytes: Buffer) => {
  const seen = await sharp(bytes).metadata();
  t.like(seen, { format: 'jpeg', space: 'srgb', channels: 3, depth: 'uchar', hasAlpha: false });
  for (const left of ['exif', 'icc', 'xmp', 'iptc', 'orientation', 'comments'] as const) t.is(seen[left], undefined, left);
};

const refused = async (t: ExecutionContext, code: PhotoRefusal, bytes: Buffer, what = '') => {
  const error = await t.throwsAsync(preparePhoto(bytes), { instanceOf: PhotoRefused }, what);
  t.is((error as PhotoRefused | undefined)?.code, code, what);
};

// --- photos that are taken ---

test('a JPEG, a PNG and a WebP are each taken as an sRGB JPEG of the same size', async t => {
  for (const bytes of [await plain().jpeg().toBuffer(), await plain().png().toBuffer(), await plain().webp().toBuffer()]) {
    const photo = await preparePhoto(bytes);
    t.like(photo, { width: 64, height: 48 });
    await isPlainJpeg(t, photo.bytes);
    isNear(t, await pixelAt(photo.bytes, 30, 20), [192, 32, 32]);
  }
});

test('a photo is turned upright by its EXIF orientation', async t => {
  const left = await plain(32, 48, '#0000ff').png().toBuffer();
  const sideways = sharp(
    await plain(64, 48, '#ff0000')
      .composite([{ input: left, left: 0, top: 0 }])
      .png()
      .toBuffer(),
  );
  const photo = await preparePhoto(await sideways.withMetadata({ orientation: 6 }).jpeg().toBuffer());
  t.like(photo, { width: 48, height: 64 });
  isNear(t, await pixelAt(photo.bytes, 24, 8), [0, 0, 254]);
  isNear(t, await pixelAt(photo.bytes, 24, 56), [254, 0, 0]);
});

test('camera data, place, XMP and profile do not leave with a photo', async t => {
  const exif = { IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitude: '55/1 45/1 0/1', GPSLatitudeRef: 'N' } };
  const xmp = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><secret/></x:xmpmeta>';
  const bytes = await plain().withExif(exif).withXmp(xmp).withIccProfile('p3').jpeg().toBuffer();
  t.true(bytes.includes('SecretCamera'));
  t.true(bytes.includes('<secret/>'));
  const photo = await preparePhoto(bytes);
  await isPlainJpeg(t, photo.bytes);
  for (const secret of ['SecretCamera', '<secret/>', 'GPS', 'Exif', 'ICC_PROFILE']) t.false(photo.bytes.includes(secret), secret);
});

test('colours of a profile are converted to sRGB, in 8 and in 16 bits', async t => {
  const p3 = plain().withIccProfile('p3');
  for (const bytes of [
    await p3.clone().jpeg({ quality: 100 }).toBuffer(),
    await p3.clone().toColourspace('rgb16').png().toBuffer(),
  ]) {
    isNear(t, await pixelAt(await sharp(bytes, { ignoreIcc: true }).png().toBuffer(), 9, 9), [177, 50, 41]);
    isNear(t, await pixelAt((await preparePhoto(bytes)).bytes, 9, 9), [192, 32, 32]);
  }
});

test('CMYK, 16-bit and grey pictures become 8-bit sRGB', async t => {
  const cmyk = await preparePhoto(await plain().toColourspace('cmyk').jpeg().toBuffer());
  await isPlainJpeg(t, cmyk.bytes);
  isNear(t, await pixelAt(cmyk.bytes, 9, 9), [192, 32, 32], 25);
  const deep = await preparePhoto(await plain().toColourspace('rgb16').png().toBuffer());
  await isPlainJpeg(t, deep.bytes);
  isNear(t, await pixelAt(deep.bytes, 9, 9), [192, 32, 32]);
  for (const space of ['b-w', 'grey16']) {
    const grey = await preparePhoto(await plain(64, 48, '#808080').toColourspace(space).png().toBuffer());
    await isPlainJpeg(t, grey.bytes);
    isNear(t, await pixelAt(grey.bytes, 9, 9), [128, 128, 128]);
  }
});

test('transparency is laid on white', async t => {
  const clear = sharp({ create: { width: 64, height: 48, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } });
  const half = sharp({ create: { width: 64, height: 48, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0.5 } } });
  for (const bytes of [await clear.clone().png({ palette: true }).toBuffer(), await clear.clone().webp().toBuffer()])
    isNear(t, await pixelAt((await preparePhoto(bytes)).bytes, 9, 9), [255, 255, 255]);
  isNear(t, await pixelAt((await preparePhoto(await half.clone().png().toBuffer())).bytes, 9, 9), [128, 128, 128]);
  const deep = await half.clone().toColourspace('rgb16').png().toBuffer();
  isNear(t, await pixelAt((await preparePhoto(deep)).bytes, 9, 9), [128, 128, 128]);
});

test('the long side is brought to 2048 px and nothing is enlarged', async t => {
  t.like(await preparePhoto(await plain(5000, 2500).jpeg().toBuffer()), { width: 2048, height: 1024 });
  t.like(await preparePhoto(await plain(1000, 4096).png().toBuffer()), { width: 500, height: 2048 });
  t.like(await preparePhoto(await plain(40, 32).webp().toBuffer()), { width: 40, height: 32 });
  t.like(await preparePhoto(await plain(32, 60_000).png().toBuffer()), { width: 1, height: 2048 });
});

test('a file appended to a photo, or HTML in its comment, is left behind', async t => {
  const jpeg = await plain().jpeg().toBuffer();
  const foreign = ['PK\x03\x04evil.exe', '<html><script>alert(1)</script></html>', '#!/bin/sh\nrm -rf /'];
  for (const text of foreign) {
    for (const polyglot of [Buffer.concat([jpeg, Buffer.from(text)]), withComment(jpeg, text)]) {
      const photo = await preparePhoto(polyglot);
      t.false(photo.bytes.includes(text), text);
      await isPlainJpeg(t, photo.bytes);
    }
  }
});

test('a photo that needs no change is encoded anew all the same', async t => {
  const once = await preparePhoto(await noise(64, 64).jpeg().toBuffer());
  t.notDeepEqual((await preparePhoto(once.bytes)).bytes, once.bytes);
});

test.serial('a packed text of 100 MB inside a small PNG neither takes memory nor hinders', async t => {
  const bomb = Buffer.concat([Buffer.from('k\0\0'), deflateSync(Buffer.alloc(100_000_000))]);
  const before = process.memoryUsage().rss;
  t.like(await preparePhoto(withChunk(await plain().png().toBuffer(), 'zTXt', bomb)), { width: 64 });
  t.true(process.memoryUsage().rss - before < 60e6);
});

// --- photos that are not ---

test('text, archives, programs, videos and nothing are no pictures', async t => {
  const video = Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0mp42isom', 'latin1');
  await refused(t, 'not_a_picture', Buffer.alloc(0), 'nothing');
  await refused(t, 'not_a_picture', Buffer.from('Привет! Это не фото.'), 'text');
  await refused(t, 'not_a_picture', Buffer.from('<!doctype html><html><svg></svg></html>'), 'a page');
  await refused(t, 'not_a_picture', Buffer.from(`PK\x03\x04${'\0'.repeat(60)}`, 'latin1'), 'an archive');
  await refused(t, 'not_a_picture', Buffer.from(`MZ${'\0'.repeat(100)}`, 'latin1'), 'a program');
  await refused(t, 'not_a_picture', video, 'a video');
  await refused(t, 'not_a_picture', Buffer.alloc(photoBytesMax + 1), 'very much of nothing');
});

test('HEIC, AVIF, TIFF, BMP, SVG, PDF and a still GIF are pictures of a kind that is not taken', async t => {
  const heic = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
  await refused(t, 'unsupported_format', heic, 'HEIC');
  await refused(t, 'unsupported_format', await plain().avif({ effort: 0 }).toBuffer(), 'AVIF');
  await refused(t, 'unsupported_format', await plain().tiff().toBuffer(), 'TIFF');
  await refused(t, 'unsupported_format', Buffer.from(`BM${'\0'.repeat(100)}`, 'latin1'), 'BMP');
  await refused(t, 'unsupported_format', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'SVG');
  await refused(t, 'unsupported_format', Buffer.from('<?xml version="1.0"?>\n<svg/>'), 'SVG with a prologue');
  await refused(t, 'unsupported_format', Buffer.from('%PDF-1.7 something'), 'PDF');
  await refused(t, 'unsupported_format', await plain().gif().toBuffer(), 'GIF');
  await refused(t, 'unsupported_format', (await plain().gif().toBuffer()).subarray(0, 20), 'half a GIF');
});

test('a GIF, a WebP and a PNG that move are refused as animated', async t => {
  const frames = await twoFrames();
  const control = Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]);
  await refused(t, 'animated', await frames.clone().gif().toBuffer(), 'GIF');
  await refused(t, 'animated', await frames.clone().webp().toBuffer(), 'WebP');
  await refused(t, 'animated', withChunk(await plain().png().toBuffer(), 'acTL', control), 'PNG');
});

test('10 MiB are taken, one byte more is too heavy', async t => {
  const jpeg = await plain().jpeg().toBuffer();
  const heavy = Buffer.concat([jpeg, Buffer.alloc(photoBytesMax + 1 - jpeg.length)]);
  t.like(await preparePhoto(heavy.subarray(0, photoBytesMax)), { width: 64, height: 48 });
  await refused(t, 'too_heavy', heavy);
});

test('25 MP are taken, a row more is too many', async t => {
  t.like(await preparePhoto(await plain(5000, 5000).jpeg().toBuffer()), { width: 2048, height: 2048 });
  await refused(t, 'too_many_pixels', await pngOf(5000, 5001));
});

test.serial('a decompression bomb is refused at once, without memory', async t => {
  const bomb = await pngOf(50_000, 50_000);
  t.true(bomb.length < 1000);
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  await refused(t, 'too_many_pixels', bomb);
  t.true(performance.now() - startedAt < 20_000);
  t.true(process.memoryUsage().rss - before < 50e6);
});

test('32 px a side are taken, 31 are too small', async t => {
  t.like(await preparePhoto(await plain(32, 32).png().toBuffer()), { width: 32, height: 32 });
  await refused(t, 'too_small', await plain(31, 400).png().toBuffer());
  await refused(t, 'too_small', await plain(400, 31).jpeg().toBuffer());
});

test('a JPEG, PNG or WebP that was cut short anywhere is damaged', async t => {
  const whole = sharp(await noise(200, 150).png().toBuffer());
  const files = {
    jpeg: await whole.clone().jpeg().toBuffer(),
    progressiveJpeg: await whole.clone().jpeg({ progressive: true }).toBuffer(),
    png: await whole.clone().png().toBuffer(),
    interlacedPng: await whole.clone().png({ progressive: true }).toBuffer(),
    webp: await whole.clone().webp().toBuffer(),
    losslessWebp: await whole.clone().webp({ lossless: true }).toBuffer(),
  };
  for (const [name, bytes] of Object.entries(files)) {
    t.like(await preparePhoto(bytes), { width: 200, height: 150 }, name);
    for (const share of [0.1, 0.5, 0.9, 0.99])
      await refused(t, 'damaged', bytes.subarray(0, Math.floor(bytes.length * share)), `${share} of ${name}`);
    // A JPEG that lacks its last two bytes, the end marker, lacks nothing of the picture.
    for (const missing of /jpeg/i.test(name) ? [12, 16] : [2, 12, 16])
      await refused(t, 'damaged', bytes.subarray(0, -missing), `${name} less ${missing} bytes`);
  }
});

test('a PNG with a wrong checksum is damaged', async t => {
  const png = await noise(100, 100).png().toBuffer();
  png[Math.floor(png.length / 2)]! ^= 255;
  await refused(t, 'damaged', png);
});

test('when several reasons apply, the first of the list is told', async t => {
  const filling = Buffer.alloc(photoBytesMax);
  await refused(t, 'unsupported_format', Buffer.concat([await plain().tiff().toBuffer(), filling]), 'TIFF, heavy');
  await refused(t, 'animated', Buffer.concat([await (await twoFrames()).gif().toBuffer(), filling]), 'moves, heavy');
  await refused(t, 'too_heavy', Buffer.concat([await pngOf(50_000, 50_000), filling]), 'heavy, large');
  await refused(t, 'too_many_pixels', await pngOf(31, 1_000_000), 'large, narrow');
  await refused(t, 'too_small', (await pngOf(8, 8)).subarray(0, -12), 'small, cut');
});

// --- results ---

const finishResult = async (bytes: Buffer) => {
  const pixels = await openResult(bytes);
  const { width, height } = pixels.raw;
  return { width, height, png: await inFull(pixels), jpeg: await forChat(pixels) };
};

test('a result keeps every pixel and loses the prompt that ComfyUI wrote into it', async t => {
  const picture = await noise(256, 192).removeAlpha().png().toBuffer();
  const prompt = '{"6":{"inputs":{"text":"a private wish"}}}';
  const result = await finishResult(withChunk(picture, 'tEXt', Buffer.from(`prompt\0${prompt}`)));
  t.like(result, { width: 256, height: 192 });
  t.deepEqual(await sharp(result.png).raw().toBuffer(), await sharp(picture).raw().toBuffer());
  for (const bytes of [result.png, result.jpeg]) t.false(bytes.includes('private wish'));
  t.is((await sharp(result.png).metadata()).comments, undefined);
  await isPlainJpeg(t, result.jpeg);
});

test('a transparent result stays transparent as a file and is laid on white in the chat', async t => {
  const clear = sharp({ create: { width: 64, height: 48, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } });
  const result = await finishResult(await clear.png().toBuffer());
  t.true((await sharp(result.png).metadata()).hasAlpha);
  isNear(t, await pixelAt(result.jpeg, 9, 9), [255, 255, 255]);
});

test('a result may come as JPEG or WebP, too', async t => {
  for (const bytes of [await plain().jpeg().toBuffer(), await plain().webp().toBuffer()]) {
    const result = await finishResult(bytes);
    t.like(await sharp(result.png).metadata(), { format: 'png', width: 64, height: 48 });
  }
});

test('what is no whole picture is a damaged result', async t => {
  const png = await noise(200, 150).png().toBuffer();
  const wrong = [
    Buffer.alloc(0),
    Buffer.from('<html>'),
    png.subarray(0, 5000),
    png.subarray(0, -12),
    await plain().gif().toBuffer(),
  ];
  for (const bytes of [...wrong, await pngOf(50_000, 50_000)])
    await t.throwsAsync(finishResult(bytes), { instanceOf: ResultDamaged });
});

test('a result of any shape fits into the chat', async t => {
  const shapes = [
    [1024, 1024, 1024, 1024],
    [6000, 6000, 4999, 4999],
    [32, 2048, 103, 2048],
  ] as const;
  for (const [width, height, chatWidth, chatHeight] of shapes) {
    const result = await finishResult(await plain(width, height).png().toBuffer());
    t.like(result, { width, height });
    t.like(await sharp(result.jpeg).metadata(), { width: chatWidth, height: chatHeight });
  }
});

test('a result whose JPEG is over 10 MB becomes smaller until it fits', async t => {
  const result = await finishResult(await noise(3800, 3800, 120).png({ compressionLevel: 0 }).toBuffer());
  t.like(result, { width: 3800, height: 3800 });
  t.true(result.jpeg.length <= maxChatBytes);
  t.true((await sharp(result.jpeg).metadata()).width < 3800);
});

test('the frame in the chat keeps the limits of Telegram for every size', t => {
  const sides = [1, 2, 19, 20, 21, 333, 1024, 4999, 5000, 5001, 9999, 10_000, 65_535, 1_000_000];
  for (const width of sides) {
    for (const height of sides) {
      const frame = chatFrame(width, height);
      const { canvasWidth: w, canvasHeight: h } = frame;
      t.true(w + h <= 10_000 && Math.max(w, h) / Math.min(w, h) <= 20, `${width}×${height}: ${JSON.stringify(frame)}`);
      t.true(frame.width >= 1 && frame.height >= 1 && frame.width <= w && frame.height <= h);
    }
  }
  t.deepEqual(chatFrame(1000, 800), { width: 1000, height: 800, canvasWidth: 1000, canvasHeight: 800 });
});

// --- how much at once, and what goes first ---

/** A piece of work that is named when it begins and ends when the test says so. */
const piece = (begun: string[], name: string) => {
  let end = () => {};
  const ended = new Promise<void>(resolve => (end = resolve));
  const work = () => {
    begun.push(name);
    return ended;
  };
  return { work, end: () => end() };
};

test.serial('what is waited for goes before the photos that have just come, and each kind in its order', async t => {
  const begun: string[] = [];
  const pieces = ['photo 1', 'photo 2', 'photo 3', 'photo 4', 'result 1', 'result 2'].map(name => piece(begun, name));
  const work = pieces.map((one, n) => (n < 4 ? intakeWork : imageWork)(one.work));
  for (const { end } of pieces) end();
  await Promise.all(work);
  t.deepEqual(begun, ['photo 1', 'photo 2', 'result 1', 'result 2', 'photo 3', 'photo 4']);
});

test.serial('what follows on a piece of work goes before photos that have waited longer', async t => {
  const begun: string[] = [];
  const pieces = ['photo 1', 'photo 2', 'photo 3', 'photo 4'].map(name => piece(begun, name));
  const follow = async (one: (typeof pieces)[number], n: number) => {
    await intakeWork(one.work);
    await imageWork(async () => begun.push(`canvas ${n + 1}`));
  };
  const work = pieces.map(follow);
  for (const { end } of pieces) end();
  await Promise.all(work);
  t.deepEqual(begun.slice(0, 4).sort(), ['canvas 1', 'canvas 2', 'photo 1', 'photo 2']);
});

test.serial('a failure frees its place', async t => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 12 }, (_, n) =>
      imageWork(async () => {
        if (n % 2 === 0) throw new Error('broken');
      }),
    ),
  );
  t.is(outcomes.filter(outcome => outcome.status === 'rejected').length, 6);
});

const photoAndResult = async () => ({
  photo: await noise(1600, 1000).jpeg().toBuffer(),
  result: await noise(1184, 880).removeAlpha().png().toBuffer(),
});

test.serial('a finished picture is not kept waiting by photos that have just come', async t => {
  const { photo, result } = await photoAndResult();
  let prepared = 0;
  const photos = Array.from({ length: 16 }, () => preparePhoto(photo).then(() => prepared++));
  // Behind everything that the photos have asked for.
  await Promise.race(photos);
  await openResult(result).then(forChat);
  t.true(prepared <= 10, `${prepared} of 16 photos went before it`);
  await Promise.all(photos);
});

/**
 * What sharp waits for or works on. It reads two counters one after the other, and a piece that is begun between the two is in
 * both: that happens once to a piece, so of more looks than pieces that may be begun meanwhile the smallest is right.
 */
const picturesInSharp = (): number => {
  const looks = [1, 2, 3, 4].map(() => sharp.counters());
  return Math.min(...looks.map(({ queue, process }) => queue + process));
};

test.serial('never more than two pictures are worked on at once, whoever asks, and a canvas counts', async t => {
  const { photo, result } = await photoAndResult();
  let most = 0;
  // A moment later, for sharp counts a piece until what follows on it has been begun.
  const look = () => setImmediate(() => (most = Math.max(most, picturesInSharp())));
  sharp.queue.on('change', look);
  t.teardown(() => sharp.queue.off('change', look));
  const first = await preparePhoto(photo, { goesOnCanvas: true });
  const photos = [1, 2, 3, 4].map(() => preparePhoto(photo, { goesOnCanvas: true }).then(({ canvas }) => canvas));
  const results = [1, 2, 3, 4].map(() => openResult(result).then(pixels => Promise.all([forChat(pixels), inFull(pixels)])));
  await Promise.all([first.canvas, ...photos, ...results]);
  t.is(most, 2);
});
