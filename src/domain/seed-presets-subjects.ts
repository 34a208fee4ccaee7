import type { SeedPreset } from './seed-preset.ts';

/** For pictures of a person. */
export const portraitPresets: readonly SeedPreset[] = [
  {
    slug: 'business-portrait',
    category: 'Portraits',
    name: { ru: 'Деловой портрет', en: 'Business portrait' },
    description: { ru: 'Строгий портрет для резюме и сайта.', en: 'A neat portrait for a CV or a website.' },
    prompt:
      "Turn this photo into a professional business portrait: a well-fitted dark blue jacket over a plain light shirt, a softly blurred neutral grey office background, even studio light and tidy hair. Keep the person's identity, face shape, facial features, age, skin texture, natural expression, head position and framing unchanged. No text, no badge.",
  },
  {
    slug: 'black-white-portrait',
    category: 'Portraits',
    name: { ru: 'Ч/б портрет', en: 'Black and white' },
    description: { ru: 'Выразительный чёрно-белый портрет.', en: 'An expressive black and white portrait.' },
    prompt:
      "Convert this photo into a fine art black and white portrait: a full range from deep black to clean white, sculpting side light, sharp eyes, natural skin texture, subtle film grain and a dark plain background. Keep the person's identity, facial features, expression, hair, pose, clothes and framing unchanged.",
  },
  {
    slug: 'gentle-retouch',
    category: 'Portraits',
    name: { ru: 'Лёгкая ретушь', en: 'Gentle retouch' },
    description: { ru: 'Бережно уберёт мелкие недостатки кожи.', en: 'Carefully removes small blemishes of the skin.' },
    prompt:
      'Retouch this portrait gently: remove temporary blemishes, redness and stray hairs, even out shine and soften the shadows under the eyes a little, with pores and natural skin texture still visible. Keep identity, face shape, facial features, moles, freckles, wrinkles of expression, make-up, hair, clothes, background and framing unchanged.',
  },
  {
    slug: 'evening-look',
    category: 'Portraits',
    name: { ru: 'Вечерний образ', en: 'Evening look' },
    description: { ru: 'Нарядный образ для особого вечера.', en: 'An elegant outfit for a special evening.' },
    prompt:
      "Dress the person in this photo for a formal evening: elegant dark evening wear that suits them, neat styled hair, discreet jewellery where it fits, and a blurred background of a hall with warm chandelier light. Keep the person's identity, face, age, expression, hair colour, body shape, pose and framing unchanged. Make the light on the face match the room.",
  },
  {
    slug: 'park-portrait',
    category: 'Portraits',
    name: { ru: 'Портрет в парке', en: 'Park portrait' },
    description: { ru: 'Летний парк и мягкое размытие за спиной.', en: 'A summer park, softly blurred behind you.' },
    prompt:
      'Replace the background of this portrait with a green summer park, blurred as by a fast portrait lens: dappled sunlight through leaves, round soft highlights, a distant path. Match the light on face, hair and clothes to the scene, with clean natural edges around the hair. Keep identity, facial features, expression, hair, clothes, pose and framing unchanged.',
  },
  {
    slug: 'royal-portrait',
    category: 'Portraits',
    name: { ru: 'Королевский портрет', en: 'Royal portrait' },
    description: { ru: 'Бархат, корона и дворцовый зал.', en: 'Velvet, a crown and a palace hall.' },
    prompt:
      'Turn this photo into a royal portrait: the subject wears a velvet robe with a white fur collar with black spots and a golden crown with red stones, in a palace hall with heavy curtains and candlelight. Keep the identity, facial features, expression, gaze, head position and framing unchanged, be it a person or a pet. Realistic fabrics, warm light, no text.',
  },
];

/** For things that are for sale: the thing itself never changes. */
export const productPresets: readonly SeedPreset[] = [
  {
    slug: 'product-white',
    category: 'Products',
    name: { ru: 'На белом фоне', en: 'On white' },
    description: { ru: 'Аккуратное фото товара для каталога.', en: 'A tidy product shot for a catalogue.' },
    prompt:
      "Turn this into a catalogue product photo: cut the product out cleanly and place it centred on a pure white seamless background with even soft light from both sides and a faint natural contact shadow. Remove hands, dust and everything else. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged.",
  },
  {
    slug: 'product-marble',
    category: 'Products',
    name: { ru: 'На мраморе', en: 'On marble' },
    description: { ru: 'Товар на светлом мраморе в мягком свете.', en: 'Your product on pale marble in gentle light.' },
    prompt:
      "Place the product from this photo on a polished white marble slab with fine grey veins, in front of a soft beige wall, with gentle daylight from the left, a subtle reflection in the stone and a natural soft shadow. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged. Nothing else in the picture.",
  },
  {
    slug: 'product-wood',
    category: 'Products',
    name: { ru: 'На дереве', en: 'On wood' },
    description: { ru: 'Уютная подача на тёплом деревянном столе.', en: 'A cosy presentation on a warm wooden table.' },
    prompt:
      "Place the product from this photo on a warm oak table with visible grain, in a cosy blurred kitchen with morning light from a side, a folded linen napkin and a small green sprig beside it. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged, sharp and in the centre of attention.",
  },
  {
    slug: 'product-podium',
    category: 'Products',
    name: { ru: 'На подиуме', en: 'On a podium' },
    description: { ru: 'Рекламная сцена с подиумом и цветным фоном.', en: 'An advertising scene with a podium and colour.' },
    prompt:
      "Place the product from this photo on a round matte podium in a minimal studio set: simple geometric shapes, a pastel background in one colour that flatters the product, soft directional light and a clear shadow to the right. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged. No other text.",
  },
  {
    slug: 'product-nature',
    category: 'Products',
    name: { ru: 'Среди природы', en: 'In nature' },
    description: { ru: 'Мох, камни и капли росы вокруг товара.', en: 'Moss, stones and dew around your product.' },
    prompt:
      "Place the product from this photo on a flat dark stone among green moss, fern leaves and tiny drops of dew, with a softly blurred forest behind and fresh morning light from above. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged, sharp and upright in the centre. No people, no other objects.",
  },
  {
    slug: 'product-splash',
    category: 'Products',
    name: { ru: 'В брызгах воды', en: 'Water splash' },
    description: { ru: 'Динамичный кадр с брызгами и каплями.', en: 'A dynamic shot with splashes and drops.' },
    prompt:
      "Turn this into a dynamic advertising photo: the product stands in a crown of clear water frozen in mid-splash, with sparkling drops around it, a deep blue gradient background, crisp backlight and cool reflections. Keep the product's shape, proportions, colours, material, label and any text on it exactly unchanged and fully visible in the centre.",
  },
];

/** Drawn and modelled looks, as still pictures. */
export const animationPresets: readonly SeedPreset[] = [
  {
    slug: 'anime',
    category: 'Animation',
    name: { ru: 'Аниме', en: 'Anime' },
    description: { ru: 'Кадр, нарисованный в стиле аниме.', en: 'A frame drawn in the style of anime.' },
    prompt:
      'Redraw this photo as a frame from a hand-drawn Japanese animated film: clean thin outlines, cel shading in two tones, expressive but not oversized eyes, detailed painted background with soft clouds and clear daylight. Keep each person recognisable: hair style and colour, face shape, expression, clothes and pose. Keep the composition and framing. No text.',
  },
  {
    slug: 'cartoon-3d',
    category: 'Animation',
    name: { ru: '3D-мультфильм', en: '3D cartoon' },
    description: { ru: 'Герой современного объёмного мультфильма.', en: 'A hero of a modern computer-animated film.' },
    prompt:
      'Turn this photo into a frame from a modern 3D animated family film: slightly larger eyes, smooth stylised skin with soft subsurface glow, detailed hair strands, rounded shapes, warm cinematic light and shallow depth of field. Keep each person recognisable: facial features, hair, age, expression, clothes and pose. Keep the scene, composition and framing. No text.',
  },
  {
    slug: 'comic',
    category: 'Animation',
    name: { ru: 'Комикс', en: 'Comic' },
    description: { ru: 'Панель комикса с чёткой тушью и тенями.', en: 'A comic panel with crisp ink and shadows.' },
    prompt:
      'Redraw this photo as a comic book panel: confident black ink lines of varied width, solid spot blacks, flat colours with halftone shading and dynamic contrast. Keep each person recognisable: facial features, hair, expression, clothes and pose. Keep the composition and framing; simplify the background to a few drawn shapes. No speech bubbles, no text.',
  },
  {
    slug: 'clay-figure',
    category: 'Animation',
    name: { ru: 'Пластилин', en: 'Clay figure' },
    description: { ru: 'Милая пластилиновая сценка ручной работы.', en: 'A charming handmade scene of modelling clay.' },
    prompt:
      'Rebuild this photo as a stop-motion scene of modelling clay: rounded handmade figures, visible fingerprints and tool marks, matte coloured clay, small props of felt and wood, soft tabletop light with shallow depth of field. Keep the people or animals recognisable by face shape, hair, clothes, expression and pose. Keep the composition. No text.',
  },
  {
    slug: 'storybook',
    category: 'Animation',
    name: { ru: 'Детская книжка', en: 'Storybook' },
    description: { ru: 'Добрая иллюстрация из детской книжки.', en: "A kind illustration from a children's book." },
    prompt:
      "Redraw this photo as an illustration from a children's picture book: soft gouache and coloured pencil, warm muted colours, simple friendly shapes, small whimsical plants and birds in the background, paper texture. Keep the people or animals recognisable: faces, hair, clothes, expressions and poses. Keep the composition and framing. No text.",
  },
  {
    slug: 'pixel-art',
    category: 'Animation',
    name: { ru: 'Пиксель-арт', en: 'Pixel art' },
    description: { ru: 'Картинка из старой компьютерной игры.', en: 'A picture from an old computer game.' },
    prompt:
      'Turn this photo into detailed pixel art as in a computer game of the early 1990s: large clearly visible square pixels on a regular grid, a limited palette of about 48 colours, ordered dithering in the gradients and crisp outlines. Keep the main subject recognisable with its hair, clothes, expression and pose, and keep the composition. No text, no score, no icons.',
  },
];

/** Repairs that leave the picture what it is. */
export const enhancementPresets: readonly SeedPreset[] = [
  {
    slug: 'restore-old-photo',
    category: 'Enhancement',
    name: { ru: 'Реставрация', en: 'Restore old photo' },
    description: {
      ru: 'Уберёт царапины, пятна и заломы со старого фото.',
      en: 'Removes scratches, stains and creases from an old photo.',
    },
    prompt:
      'Restore this old photograph: remove scratches, dust, stains, creases, tears and fading, rebuild missing parts from what surrounds them, recover contrast and gentle sharpness. Keep every face, facial feature, expression, hairstyle, garment and the composition true to the original, and keep it black and white or toned if it is so now. Do not modernise anything.',
  },
  {
    slug: 'colourise',
    category: 'Enhancement',
    name: { ru: 'Раскрасить ч/б', en: 'Colourise' },
    description: {
      ru: 'Вернёт естественные цвета чёрно-белому снимку.',
      en: 'Gives natural colours to a black and white photo.',
    },
    prompt:
      'Colourise this black and white photograph with natural, historically plausible colours: living skin tones with slight variation, realistic hair, fabrics, wood, plants and sky, moderate saturation and neutral white balance. Keep every face, detail, texture, light, shadow, grain and the composition exactly as in the original; add colour only.',
  },
  {
    slug: 'sharpen',
    category: 'Enhancement',
    name: { ru: 'Чёткость', en: 'Sharpen' },
    description: { ru: 'Уберёт шум и смаз, вернёт детали.', en: 'Removes noise and blur and brings details back.' },
    prompt:
      'Improve the technical quality of this photo: remove digital noise, compression artefacts and slight motion blur, recover fine detail in eyes, hair, fabric and foliage, with natural edges and no halos. Keep identity, facial features, expression, skin texture, colours, light, composition and framing exactly unchanged, and invent no new objects.',
  },
  {
    slug: 'brighten',
    category: 'Enhancement',
    name: { ru: 'Осветлить', en: 'Brighten' },
    description: {
      ru: 'Вытянет тёмное фото, сохранив естественный свет.',
      en: 'Rescues a dark photo and keeps the light natural.',
    },
    prompt:
      'Correct the exposure of this underexposed photo: lift the shadows until faces and details are clearly visible, keep the highlights from burning out, remove the noise that appears, and set a neutral white balance with healthy skin tones. Keep the mood of the time of day, and keep people, faces, objects, composition and framing unchanged.',
  },
  {
    slug: 'declutter',
    category: 'Enhancement',
    name: { ru: 'Убрать лишнее', en: 'Remove clutter' },
    description: { ru: 'Уберёт прохожих и мусор с фона.', en: 'Clears passers-by and clutter from the background.' },
    prompt:
      'Clean up the background of this photo: remove passers-by, litter, wires, bags, signs and other distracting objects, and fill their places with a natural continuation of walls, ground, sky or plants, with matching light and texture. Keep the main people or the main subject completely unchanged: identity, face, expression, pose, clothes, light and framing.',
  },
  {
    slug: 'vivid-colours',
    category: 'Enhancement',
    name: { ru: 'Живые цвета', en: 'Vivid colours' },
    description: { ru: 'Сочные, но естественные краски и глубина.', en: 'Rich yet natural colours and more depth.' },
    prompt:
      'Enhance the colours of this photo: correct the colour cast, add depth with balanced contrast, make sky, greenery and fabrics richer but still believable, and keep skin tones natural and whites clean. Do not relight, redraw or smooth anything. Keep identity, faces, expressions, objects, details, composition and framing exactly unchanged.',
  },
  {
    slug: 'remove-background',
    category: 'Enhancement',
    name: { ru: 'Чистый фон', en: 'Plain background' },
    description: { ru: 'Оставит главное на ровном светлом фоне.', en: 'Leaves the subject on a plain light background.' },
    prompt:
      'Replace the background of this photo with an even, very light grey without any texture or objects, and keep a faint natural shadow where the subject touches the ground. Cut precisely around hair, fur, fingers and thin edges, with no halo of the old background. Keep the subject unchanged: identity, face, expression, pose, clothes, colours, size and position.',
  },
];
