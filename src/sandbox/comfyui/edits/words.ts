import type { OwnLook } from './own-looks.ts';

/** What is to be done: a look by its name, or a colour for everything or for what is behind. */
export type Wish = OwnLook | { readonly tint: string } | { readonly ground: string };

/** Words as they begin, Russian by stems; a space ends a word that must stand alone. The first match at a place wins. */
const looks: readonly (readonly [OwnLook, RegExp])[] = [
  [
    'removeBackground',
    /(убра?\S*|убер\S*|удал\S*|вырез\S*|без|сотр\S*) (весь )?(задн\S* )?фон|(remove|erase|delete|cut out|without|no) (the )?background|transparent background|прозрачн\S* фон/,
  ],
  [
    'blurBackground',
    /(размы\S*|размой\S*|нерезк\S*) (задн\S* )?(фон|план)|фон\S* (размы\S*|размой\S*)|(blur\S*|soft) (the )?background|background (blur|soft)\S*|боке|bokeh/,
  ],
  ['blackWhite', /чб |ч б |ч\/б|(черно|черн\S*) (и )?бел|монохром|black (and )?(n )?white|monochrom|gr[ea]y ?scale|b w |bw /],
  ['upsideDown', /вверх (ногами|дном)|вниз головой|переверн|перевор|upside ?down|(turn|flip) (it )?over/],
  ['turnLeft', /(поверн\S*|поворот) (\S+ )?(влево|налево)|(rotate|turn) (it )?(to the )?left/],
  ['turnRight', /поверн|поворот|rotat|(turn) (it )?(to the )?right/],
  ['mirror', /зеркал|отрази|отзеркал|mirror|flip|flop/],
  ['christmas', /новогод|нов\S+ год|рождеств|гирлянд|елк|christmas|new year|xmas|garland/],
  ['party', /день рожд|днем рожд|праздн|конфетти|вечеринк|шарик|birthday|party|confetti|balloon|celebrat/],
  ['cyberpunk', /киберпанк|неонов\S* город|cyberpunk|neon (city|town)|город\S* будущ|future city/],
  ['neon', /неон|neon/],
  ['snow', /снег|снеж|зим|метел|вьюг|snow|winter|blizzard/],
  ['summer', /летн|лето|летом|лета |солнечн|солнц|summer|sunny|sunshine/],
  ['autumn', /осен|листопад|листь|листв|autumn|falling leaves|leaves /],
  ['spring', /весн|весен|сакур|лепест|spring|blossom|petal|sakura/],
  ['flowers', /цветы|цветов|цветочн|цветами|букет|flower|bouquet/],
  ['sunset', /закат|рассвет|заря|sunset|sunrise|dusk|dawn/],
  ['golden', /золот\S* час|golden hour/],
  ['stars', /звезд|star /],
  ['stars', /stars|starry/],
  ['night', /ноч|лунн|луна|луну|night|moon/],
  ['space', /космос|космич|галактик|вселенн|space|galaxy|cosm|universe/],
  ['rain', /дожд|ливень|ливн|rain(?!bow)/],
  ['rainbow', /радуг|радуж|rainbow/],
  ['fog', /туман|дымк|fog|mist|haz[ey]/],
  ['fire', /огонь|огн|плам|горит|fire|flame|burn/],
  ['water', /под водой|подвод|вод[ауеыо]|море|моря|океан|underwater|ocean|water(?!col)|sea /],
  ['hearts', /сердц|сердеч|любов|влюбл|романтич|heart|love|valentin|romantic/],
  ['glitter', /блес|искр|сия|мерца|glitter|sparkl|shin[ye]|shimmer/],
  ['crown', /корон|crown|tiara/],
  ['royal', /корол|царск|царь|царев|импер|royal|king |queen|prince/],
  ['anime', /аниме|anime|manga|манга/],
  ['cartoon3d', /3d|3д|пиксар/],
  ['comic', /комикс|comic/],
  ['popArt', /поп ?арт|pop ?art/],
  ['clay', /пластилин|глин|clay|plasticine/],
  ['cartoon', /мульт|cartoon|toon/],
  ['book', /сказ[коо]|сказочн|книж|иллюстрац|fairy|story|illustrat/],
  ['watercolour', /акварел|watercolo|aquarel/],
  ['oil', /масл[оя]|маслян|живопис|картин[ауы] |oil |paint|canvas|холст/],
  ['pencil', /карандаш|pencil|graphite|графит/],
  ['sketch', /наброс|эскиз|рисун|нарису|тушь|тушью|sketch|drawing|draw |ink /],
  ['mosaic', /мозаик|витраж|mosaic|stained/],
  ['paperCut', /аппликац|бумаг|бумаж|paper/],
  ['pixels', /пиксел|восьмибит|8 ?бит|pixel|8 ?bit/],
  ['vintage', /винтаж|ретро|старин|под старину|состар|(стар\S* фото)|vintage|retro|old (photo|film)|nostalg|polaroid/],
  ['sepia', /сепи|sepia/],
  ['restore', /реставр|восстанов|restor|repair/],
  ['colourise', /раскрас|colou?ri[sz]/],
  ['retouch', /ретуш|глаж|кож[аиу]|retouch|smooth|skin/],
  ['film', /кино|пленк|фильм|film|cinema|movie/],
  ['instant', /моменталь|полароид|instant/],
  ['cover', /обложк|журнал|cover|magazine/],
  ['frame', /рамк|рам[аеуы] |рамо|frame/],
  ['park', /парк|park |garden/],
  ['marble', /мрамор|marble/],
  ['business', /делов|бизнес|пиджак|костюм|business|suit |office|офис/],
  ['invert', /негатив|инверт|negative|invert/],
  ['pastel', /пастел|бледн|нежн|pastel|pale|gentle|delicate/],
  ['vivid', /сочн|насыщ|красочн|цветн|vivid|colou?rful|saturat/],
  ['contrast', /контраст|contrast/],
  ['warm', /(по)?тепл|warm|cozy|cosy|уютн/],
  ['cold', /(по)?холод|ледян|лед |мороз|cold|cool|ice |icy|frost/],
  ['bright', /ярк|(по)?ярч|(по)?светл|осветл|bright|light(er|en)/],
  ['dark', /(по)?темн|мрачн|затемн|dark|gloom|shadow/],
  ['sharp', /четк|(по)?четч|резк|резч|sharp|crisp|hd |4k |качеств|quality|enhance|улучш/],
  ['blur', /размы|размой|blur/],
  ['hue', /друг\S* цвет|смени\S* цвет|(other|another|change the) colou?r/],
];

/** Colours as they begin; the plain ones must not be met inside of other words. */
const colours: readonly (readonly [hex: string, RegExp])[] = [
  ['#e0202e', /красн|алый|алая|алое|red |reddish|scarlet|crimson/],
  ['#f27d16', /оранж|рыж|orange/],
  ['#f2c80f', /желт|yellow/],
  ['#d4a017', /золот|gold/],
  ['#2fa84f', /зелен|green/],
  ['#17b3b0', /бирюз|turquoise|teal|cyan|aqua /],
  ['#4db5f0', /голуб|(light|sky) blue/],
  ['#2455d6', /син[ийяюе]|blue|navy/],
  ['#8a3fd1', /фиолет|пурпур|сирен|лилов|purple|violet|lilac/],
  ['#f25fa0', /розов|pink|magenta/],
  ['#8b5a33', /коричн|шоколад|brown|chocolate/],
  ['#9aa2ab', /серебр|серый|серая|серое|сером|silver|gr[ea]y /],
  ['#f7f7f5', /бел(ый|ая|ое|ом|ую|ого|ым|ые)|white/],
  ['#17181c', /черн|black/],
];

type Heard = { readonly at: number; readonly end: number; readonly wish: Wish };

const refusals = /(не|без|нет|убери|уберите|удали|убрать|no|not|without|remove|don t|dont|delete) (\S+ )?$/;

/** Lower case, without accents on ё and without signs, a space round every word. */
const plain = (words: string): string =>
  ` ${words
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[^\p{L}\p{N}/]+/gu, ' ')
    .trim()} `;

const found = (text: string, pattern: RegExp, wish: Wish): Heard[] =>
  [...text.matchAll(new RegExp(` (?:${pattern.source})`, 'gu'))].map(match => ({
    at: match.index,
    end: match.index + match[0].length,
    wish,
  }));

const onGround = (pattern: RegExp): RegExp =>
  new RegExp(`(?:${pattern.source})\\S* ?(?:задн\\S* )?(?:фон|background|backdrop)|фон\\S* (?:${pattern.source})`);

const isRefused = (text: string, { at, wish }: Heard): boolean =>
  wish !== 'removeBackground' && refusals.test(text.slice(0, at + 1));

/** What the words ask for, in their order, each once; nothing if no word is known. */
export const wishesIn = (words: string): Wish[] => {
  const text = plain(words);
  const all = [
    ...looks.slice(0, 3).flatMap(([look, pattern]) => found(text, pattern, look)),
    ...colours.flatMap(([hex, pattern]) => found(text, onGround(pattern), { ground: hex })),
    ...looks.slice(3).flatMap(([look, pattern]) => found(text, pattern, look)),
    ...colours.flatMap(([hex, pattern]) => found(text, pattern, { tint: hex })),
  ];
  const taken: Heard[] = [];
  for (const heard of all) {
    if (taken.some(other => heard.at < other.end - 1 && other.at < heard.end - 1)) continue;
    if (!taken.some(({ wish }) => JSON.stringify(wish) === JSON.stringify(heard.wish))) taken.push(heard);
  }
  return taken
    .filter(heard => !isRefused(text, heard))
    .sort((one, other) => one.at - other.at)
    .map(({ wish }) => wish);
};
