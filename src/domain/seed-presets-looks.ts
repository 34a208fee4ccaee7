import type { SeedPreset } from './seed-preset.ts';

/** The whole picture in another manner. */
export const stylePresets: readonly SeedPreset[] = [
  {
    slug: 'oil-painting',
    category: 'Styles',
    name: { ru: 'Стиль маслом', en: 'Oil painting' },
    description: {
      ru: 'Превратит фото в картину маслом с живыми мазками.',
      en: 'Turns your photo into an oil painting with lively strokes.',
    },
    prompt:
      "Repaint this photo as an oil painting on canvas: thick visible brush strokes, layered impasto in the highlights, rich warm pigments, soft transitions in the shadows and a faint canvas weave. Keep every person's identity, facial features, expression and pose, and keep the composition and framing exactly as they are. No text, no signature, no frame.",
  },
  {
    slug: 'watercolour',
    category: 'Styles',
    name: { ru: 'Акварель', en: 'Watercolour' },
    description: { ru: 'Лёгкий рисунок акварелью с мягкими разводами.', en: 'A light watercolour with soft washes of paint.' },
    prompt:
      'Redraw this photo as a watercolour on rough white paper: transparent washes, wet edges that bleed into each other, a little granulation, fine pencil lines under the paint, and white paper left bare in the lights. Keep the faces recognisable, the expressions, poses, composition and main colours unchanged. Let the background dissolve softly towards the edges.',
  },
  {
    slug: 'vintage',
    category: 'Styles',
    name: { ru: 'Винтаж', en: 'Vintage' },
    description: {
      ru: 'Тёплый кадр, будто из семейного альбома семидесятых.',
      en: 'A warm shot as if from a family album of the seventies.',
    },
    prompt:
      'Make this photo look like a colour print from the 1970s: faded contrast, warm amber and olive tones, slightly lifted blacks, fine film grain, a gentle light leak at one edge and a soft vignette. Keep all people, faces, clothes, objects, composition and framing unchanged. Do not add text, dates or a border.',
  },
  {
    slug: 'modern',
    category: 'Styles',
    name: { ru: 'Современный', en: 'Modern' },
    description: {
      ru: 'Чистая современная обработка, как в модном журнале.',
      en: 'A clean contemporary look, as in a fashion magazine.',
    },
    prompt:
      "Give this photo a clean contemporary editorial look: crisp detail, neutral white balance, smooth gradients, restrained colours with one fresh accent, even soft light and an uncluttered background in light grey tones. Keep each person's identity, face, skin texture, hair, pose and clothes, and keep the composition and framing unchanged.",
  },
  {
    slug: 'classical',
    category: 'Styles',
    name: { ru: 'Классический', en: 'Classical' },
    description: { ru: 'Парадный портрет в духе музейной классики.', en: 'A stately picture in the spirit of old museums.' },
    prompt:
      "Repaint this photo as a classical academic painting of the nineteenth century: smooth glazed oil, precise drawing, warm light from the upper left, deep brown and burgundy shadows and noble fabrics with soft folds. Keep each person's identity, facial features, expression and pose, and keep the composition. Replace the background with a dark, softly lit interior. No text, no frame.",
  },
  {
    slug: 'impressionism',
    category: 'Styles',
    name: { ru: 'Импрессионизм', en: 'Impressionism' },
    description: {
      ru: 'Дрожащий свет и короткие мазки чистого цвета.',
      en: 'Shimmering light and short strokes of pure colour.',
    },
    prompt:
      'Repaint this photo as an impressionist oil painting made outdoors: short broken strokes of pure colour, violet and blue shadows instead of black, shimmering sunlight and soft edges that merge figure and air. Keep the people recognisable, their faces, poses and clothes, and keep the composition and the time of day. No text, no signature.',
  },
  {
    slug: 'renaissance',
    category: 'Styles',
    name: { ru: 'Ренессанс', en: 'Renaissance' },
    description: { ru: 'Фото станет полотном эпохи Возрождения.', en: 'Your photo becomes a canvas of the Renaissance.' },
    prompt:
      "Turn this photo into an Italian Renaissance panel painting: tempera and oil on wood, soft sfumato on the skin, calm golden light, fine craquelure, velvet and brocade clothes of the period and a distant hazy landscape with hills and cypresses behind. Keep each person's identity, facial features, expression, pose and place in the frame. No text, no frame.",
  },
  {
    slug: 'pencil-sketch',
    category: 'Styles',
    name: { ru: 'Карандаш', en: 'Pencil sketch' },
    description: { ru: 'Рисунок простым карандашом на плотной бумаге.', en: 'A graphite drawing on heavy paper.' },
    prompt:
      'Redraw this photo as a graphite pencil sketch on heavy cream paper: confident outlines, careful hatching and cross-hatching in the shadows, smudged mid-tones, clean paper for the highlights, no colour at all. Keep faces true to life, keep expressions, poses, proportions and composition. Leave the background as a few loose strokes.',
  },
  {
    slug: 'ink-wash',
    category: 'Styles',
    name: { ru: 'Тушь', en: 'Ink wash' },
    description: { ru: 'Несколько точных мазков туши на рисовой бумаге.', en: 'A few sure strokes of ink on rice paper.' },
    prompt:
      'Redraw this photo as an East Asian ink wash painting on rice paper: expressive black brush lines, diluted grey washes, dry-brush texture and much empty space, with a single muted red accent where something is red already. Keep the main subject, its face, pose and place in the frame recognisable. Simplify the background to mist. No characters, no seal, no text.',
  },
  {
    slug: 'pop-art',
    category: 'Styles',
    name: { ru: 'Поп-арт', en: 'Pop art' },
    description: {
      ru: 'Яркие плоские цвета, контуры и точки растра.',
      en: 'Bright flat colours, bold outlines and printed dots.',
    },
    prompt:
      'Turn this photo into a pop art screen print: flat saturated areas of red, yellow, cyan and pink, bold black outlines, halftone dots in the shadows and a slightly shifted print register. Keep each face recognisable and keep the expression, pose and composition. Replace the background with one flat bright colour. No text, no speech bubbles.',
  },
  {
    slug: 'art-deco',
    category: 'Styles',
    name: { ru: 'Ар-деко', en: 'Art deco' },
    description: {
      ru: 'Элегантный плакат двадцатых годов с золотом.',
      en: 'An elegant poster of the twenties with touches of gold.',
    },
    prompt:
      "Turn this photo into an art deco poster illustration of the 1920s: geometric shapes, long elegant lines, flat shading in black, ivory, emerald and metallic gold, and a stepped sunburst pattern behind the subject. Keep each person's identity, facial features, expression and pose and the main subject's place in the frame. No text, no numbers.",
  },
  {
    slug: 'stained-glass',
    category: 'Styles',
    name: { ru: 'Витраж', en: 'Stained glass' },
    description: { ru: 'Светящийся витраж из цветного стекла.', en: 'A glowing window of coloured glass.' },
    prompt:
      'Turn this photo into a stained glass window: pieces of translucent coloured glass in ruby, cobalt, emerald and amber joined by dark lead lines, daylight shining through, small bubbles and streaks in the glass. Keep the main subject, the face, expression and pose clearly recognisable, and keep the composition. No text.',
  },
  {
    slug: 'paper-cut',
    category: 'Styles',
    name: { ru: 'Бумажная аппликация', en: 'Paper cut-out' },
    description: { ru: 'Многослойная композиция из цветной бумаги.', en: 'A layered scene cut from coloured paper.' },
    prompt:
      'Rebuild this photo as layered paper cut-out art: clean-edged shapes of matte coloured paper stacked in several depths, soft real shadows between the layers, visible paper fibres and a calm harmonious palette. Keep the main subject recognisable with its pose, proportions and main colours, and keep the composition and framing. No text.',
  },
  {
    slug: 'neon-city',
    category: 'Styles',
    name: { ru: 'Неоновый город', en: 'Neon city' },
    description: { ru: 'Ночной город будущего с неоном и дождём.', en: 'A rainy city of the future, lit by neon.' },
    prompt:
      "Move this scene into a rainy city of the near future at night: wet asphalt, tall towers in haze, magenta and cyan neon tubes reflected in puddles, cool rim light on the subject. Keep each person's identity, face, expression, hair, pose and position in the frame, and adapt only the light on skin and clothes. Signs show abstract shapes, no readable text.",
  },
];

/** Only the light changes. */
export const lightingPresets: readonly SeedPreset[] = [
  {
    slug: 'golden-hour',
    category: 'Lighting',
    name: { ru: 'Золотой час', en: 'Golden hour' },
    description: { ru: 'Тёплое низкое солнце, как перед закатом.', en: 'Warm low sun, as just before sunset.' },
    prompt:
      'Relight this photo as if taken in the golden hour: low warm sun from behind and to one side, a glowing rim on hair and shoulders, long soft shadows, honey-coloured highlights and a slight haze in the distance. Keep every person, face, expression, pose, clothes, object and the whole composition unchanged; change only light and colour.',
  },
  {
    slug: 'studio-light',
    category: 'Lighting',
    name: { ru: 'Студийный свет', en: 'Studio light' },
    description: { ru: 'Ровный мягкий свет, как в фотостудии.', en: 'Soft even light, as in a photo studio.' },
    prompt:
      'Relight this photo as in a professional studio: a large soft key light at forty-five degrees, a gentle fill on the other side, a thin hair light, clean catchlights in the eyes and natural skin tones. Keep the faces, expressions, poses, clothes, composition and framing unchanged. Keep the background and only make it a little darker and calmer.',
  },
  {
    slug: 'window-light',
    category: 'Lighting',
    name: { ru: 'Свет из окна', en: 'Window light' },
    description: { ru: 'Мягкий дневной свет из большого окна.', en: 'Gentle daylight from a large window.' },
    prompt:
      'Relight this photo with soft daylight from a large window on the left: a gradual fall-off across the face and room, cool neutral highlights, delicate shadows with visible detail, a quiet morning mood. Keep all people, faces, expressions, poses, objects, composition and framing unchanged. Change only the light, do not add a visible window.',
  },
  {
    slug: 'blue-hour',
    category: 'Lighting',
    name: { ru: 'Синий час', en: 'Blue hour' },
    description: { ru: 'Сумеречная синева и тёплые огоньки вдали.', en: 'Twilight blue with warm lights far away.' },
    prompt:
      'Relight this photo as in the blue hour after sunset: deep blue ambient light, a last pale glow at the horizon if sky is visible, lamps and windows in the scene lit in warm orange, soft low contrast. Keep every person, face, expression, pose, object and the composition unchanged, and keep faces clearly visible with natural skin.',
  },
  {
    slug: 'neon-light',
    category: 'Lighting',
    name: { ru: 'Неоновый свет', en: 'Neon light' },
    description: { ru: 'Цветной неон с двух сторон: розовый и голубой.', en: 'Coloured neon from both sides, pink and blue.' },
    prompt:
      'Relight this photo with two neon tubes outside the frame: saturated pink light from the left and cyan light from the right, a dark surrounding, coloured reflections in the eyes and on shiny surfaces, smooth blending on the skin. Keep identity, face, expression, hair, pose, clothes, composition and framing unchanged; change only the light.',
  },
  {
    slug: 'dramatic-light',
    category: 'Lighting',
    name: { ru: 'Драматичный свет', en: 'Dramatic light' },
    description: { ru: 'Глубокие тени и один выразительный луч.', en: 'Deep shadows and one expressive beam of light.' },
    prompt:
      'Relight this photo in a dramatic low-key manner: one hard warm beam from the upper side shapes the main subject, a small triangle of light falls on the far cheek of a face, and the surroundings sink into deep shadows that still hold a little detail. Keep identity, facial features, expression, pose, clothes, composition and framing unchanged.',
  },
  {
    slug: 'moonlight',
    category: 'Lighting',
    name: { ru: 'Лунная ночь', en: 'Moonlit night' },
    description: { ru: 'Тихая ночь в серебристом лунном свете.', en: 'A quiet night in silver moonlight.' },
    prompt:
      'Turn the scene into a clear moonlit night: cool silver-blue light from above, soft long shadows, a dark starry sky where sky is visible, faint mist near the ground, muted colours and no visible noise. Keep every person, face, expression, pose, object and the composition unchanged, and keep faces readable in the moonlight.',
  },
];

/** What is around the picture, or how it is presented. */
export const designPresets: readonly SeedPreset[] = [
  {
    slug: 'vintage-frame',
    category: 'Design',
    name: { ru: 'Винтажная рамка', en: 'Vintage frame' },
    description: { ru: 'Старинная рамка и тонировка сепией.', en: 'An antique frame and a sepia tone.' },
    prompt:
      'Present this photo as an antique print in a vintage frame: gentle sepia toning, slightly faded edges, a cream paper mat and around it a carved dark wooden frame with worn gold ornament, evenly lit. The frame fills the outer tenth of the image on each side. Keep the people, faces, poses and composition of the photo inside unchanged. No text.',
  },
  {
    slug: 'museum-frame',
    category: 'Design',
    name: { ru: 'Музейная рама', en: 'Museum frame' },
    description: { ru: 'Ваше фото в золотой раме на стене музея.', en: 'Your photo in a gilded frame on a museum wall.' },
    prompt:
      'Show this photo as a large painting in an ornate gilded frame that hangs on a dark green museum wall, lit by a small warm picture lamp from above, seen straight from the front, the frame filling most of the image. Keep the picture inside complete and unchanged: people, faces, poses, colours and composition. No label, no text.',
  },
  {
    slug: 'instant-photo',
    category: 'Design',
    name: { ru: 'Моментальное фото', en: 'Instant print' },
    description: { ru: 'Квадратный снимок с белыми полями на столе.', en: 'A white-bordered instant print on a table.' },
    prompt:
      'Show this photo as an instant print with a white border, wider at the bottom, lying on a light wooden table in soft daylight and seen straight from above. The print has slightly muted colours and a low gloss, with a natural shadow below. Keep the people, faces, poses and composition of the picture unchanged. Leave the white border empty, no text.',
  },
  {
    slug: 'postcard',
    category: 'Design',
    name: { ru: 'Открытка', en: 'Postcard' },
    description: { ru: 'Нарядная открытка с цветами по краям.', en: 'A festive card with flowers around the edge.' },
    prompt:
      'Turn this photo into a greeting card: the photo stays in the centre with softly rounded corners, surrounded by a wide border of ivory paper with a hand-painted garland of peonies, eucalyptus leaves and small golden berries. Keep the people, faces, poses, colours and composition of the photo unchanged. Leave the card without text.',
  },
  {
    slug: 'film-strip',
    category: 'Design',
    name: { ru: 'Киноплёнка', en: 'Film strip' },
    description: { ru: 'Кадр на тёмной плёнке с перфорацией.', en: 'A frame on dark film with sprocket holes.' },
    prompt:
      'Present this photo as a single frame on a strip of black 35 mm film: sprocket holes along the top and the bottom edge, parts of neighbouring dark frames at the left and right, slight dust and fine scratches on the film only. Keep the people, faces, poses and composition of the photo unchanged, with cinematic teal and amber colours. No text, no numbers.',
  },
  {
    slug: 'magazine-cover',
    category: 'Design',
    name: { ru: 'Обложка журнала', en: 'Magazine cover' },
    description: { ru: 'Эффектный кадр для обложки без надписей.', en: 'A striking cover shot, free of any lettering.' },
    prompt:
      'Restyle this photo as the picture for a glossy magazine cover in portrait framing: the subject large and central, free space above the head, a smooth one-colour studio background that matches the clothes, polished soft light and rich clean colours. Keep identity, facial features, expression, hair, pose and clothes unchanged. Add no title, no letters, no logo.',
  },
];
