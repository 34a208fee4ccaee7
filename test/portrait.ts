import sharp from 'sharp';

const defs = `
<linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
  <stop offset="0" stop-color="#4f86c6"/><stop offset="0.45" stop-color="#9cc3e2"/><stop offset="0.72" stop-color="#fbd9a8"/><stop offset="1" stop-color="#ffb27a"/>
</linearGradient>
<radialGradient id="sun"><stop offset="0" stop-color="#fff8dc"/><stop offset="0.16" stop-color="#fff1b8"/><stop offset="0.2" stop-color="#ffe08a" stop-opacity="0.75"/><stop offset="1" stop-color="#ffcf7a" stop-opacity="0"/></radialGradient>
<linearGradient id="far" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#8d9dc4"/><stop offset="1" stop-color="#d9b7b4"/></linearGradient>
<linearGradient id="near" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#55658f"/><stop offset="1" stop-color="#8a7f95"/></linearGradient>
<linearGradient id="hill" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#7fa05a"/><stop offset="1" stop-color="#3f6a3a"/></linearGradient>
<linearGradient id="meadow" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#a9bd5e"/><stop offset="1" stop-color="#5c8440"/></linearGradient>
<linearGradient id="skin" x1="0" y1="0" x2="1" y2="0.4"><stop offset="0" stop-color="#e8a982"/><stop offset="0.45" stop-color="#f6c7a2"/><stop offset="1" stop-color="#ffdcb8"/></linearGradient>
<linearGradient id="neck" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#c98762"/><stop offset="1" stop-color="#eab38d"/></linearGradient>
<linearGradient id="hair" x1="0" y1="0" x2="1" y2="0.7"><stop offset="0" stop-color="#4a2413"/><stop offset="0.6" stop-color="#7a3b1c"/><stop offset="1" stop-color="#b4622c"/></linearGradient>
<linearGradient id="wool" x1="0" y1="0" x2="1" y2="0.5"><stop offset="0" stop-color="#8e2430"/><stop offset="0.6" stop-color="#c23a3a"/><stop offset="1" stop-color="#e2603f"/></linearGradient>
<linearGradient id="scarf" x1="0" y1="0" x2="1" y2="0.6"><stop offset="0" stop-color="#d99a2b"/><stop offset="1" stop-color="#ffcf5c"/></linearGradient>
<radialGradient id="cheek"><stop offset="0" stop-color="#f0806a" stop-opacity="0.55"/><stop offset="1" stop-color="#f0806a" stop-opacity="0"/></radialGradient>
<filter id="soft" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="7"/></filter>
<filter id="softer" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="16"/></filter>`;

const sky = `
<rect width="1280" height="960" fill="url(#sky)"/>
<circle cx="1010" cy="300" r="330" fill="url(#sun)"/>
<g fill="#fff" opacity="0.75" filter="url(#soft)">
  <ellipse cx="220" cy="170" rx="150" ry="26"/><ellipse cx="290" cy="146" rx="86" ry="30"/><ellipse cx="165" cy="150" rx="56" ry="22"/>
  <ellipse cx="850" cy="110" rx="120" ry="18"/><ellipse cx="900" cy="94" rx="60" ry="20"/><ellipse cx="1150" cy="190" rx="90" ry="14"/>
</g>
<g fill="none" stroke="#43537a" stroke-width="4" stroke-linecap="round">
  <path d="M330 270q14-16 28 0q14-16 28 0M410 240q11-12 22 0q11-12 22 0M280 232q9-10 18 0q9-10 18 0"/>
</g>`;

const mountains = `
<path d="M0 520L120 400 210 460 340 300 450 430 560 340 690 460 800 350 930 470 1040 380 1160 480 1280 400V760H0Z" fill="url(#far)"/>
<g fill="#fff3e6"><path d="M340 300l-46 57 26-8 18 22 22-24 30 12z"/><path d="M800 350l-36 40 22-6 14 16 16-18 26 10z"/><path d="M120 400l-30 30 18-4 12 12 14-14 22 8z"/></g>
<path d="M0 610L90 540 200 610 300 500 420 620 520 560 640 640 760 540 880 620 1000 500 1110 600 1200 540 1280 590V800H0Z" fill="url(#near)"/>
<g fill="#fbe3d2"><path d="M300 500l-34 38 20-6 14 16 16-18 22 12z"/><path d="M1000 500l-40 42 24-6 16 18 20-20 26 10z"/></g>
<path d="M0 690Q200 610 420 670T860 660 1280 640V960H0Z" fill="url(#hill)"/>`;

const pines = [60, 120, 190, 250, 330, 960, 1030, 1090, 1160, 1225]
  .map((x, n) => {
    const [y, size] = [690 - (n % 3) * 14, 46 + ((n * 7) % 5) * 7];
    const tier = (up: number, half: number) => `M${x} ${y - size * up}l${-half} ${size * 0.8}h${half * 2}z`;
    return `<path d="${tier(2.1, size * 0.3)}${tier(1.65, size * 0.42)}${tier(1.15, size * 0.54)}" fill="${n % 2 ? '#2f5a3e' : '#3d6b47'}"/><rect x="${x - 4}" y="${y - size * 0.36}" width="8" height="${size * 0.4}" fill="#5a4030"/>`;
  })
  .join('');

const house = `
<g><rect x="1040" y="690" width="120" height="80" fill="#f3e2c6"/><path d="M1025 695l75-62 75 62z" fill="#b5482f"/><rect x="1128" y="640" width="16" height="34" fill="#8a4a3a"/>
<rect x="1060" y="716" width="26" height="26" fill="#ffcf66"/><rect x="1108" y="712" width="30" height="58" fill="#7a4f34"/></g>`;

const meadow = `<path d="M0 800Q300 720 640 770T1280 750V960H0Z" fill="url(#meadow)"/>${Array.from({ length: 90 }, (_, n) => {
  const [x, y] = [(n * 397) % 1280, 800 + ((n * 151) % 160)];
  return `<circle cx="${x}" cy="${y}" r="${3 + (n % 4)}" fill="${['#fff4d0', '#f2795b', '#ffd24d', '#e86a92'][n % 4]}"/>`;
}).join('')}`;

const body = `
<path d="M490 560H800L770 740H515Z" fill="#43200f"/>
<path d="M352 960C356 800 440 742 560 716L720 716C842 742 924 800 930 960Z" fill="url(#wool)"/>
<g stroke="#7a1f2b" stroke-opacity="0.28" stroke-width="5" fill="none">${[0, 1, 2, 3, 4, 5, 6]
  .map(n => `<path d="M${400 + n * 75} ${800 + Math.abs(3 - n) * 14}q14 70 4 170"/>`)
  .join('')}</g>
<path d="M566 600L716 600 726 742Q640 800 554 742Z" fill="url(#neck)"/>
<path d="M520 716Q640 800 762 714Q792 752 770 790Q640 862 512 790Q490 752 520 716Z" fill="url(#scarf)"/>
<path d="M690 770L770 760 800 930 730 948Z" fill="url(#scarf)"/>
<g stroke="#b5761a" stroke-opacity="0.6" stroke-width="6" fill="none"><path d="M530 745Q640 815 756 742M536 775Q640 836 750 772M712 800L744 935M746 792L778 925"/></g>`;

const head = `
<path d="M446 470C430 300 520 196 646 196C776 196 856 296 842 470C852 570 880 640 852 726C806 770 760 730 752 650L530 650C520 730 474 770 430 726C404 640 440 570 446 470Z" fill="url(#hair)"/>
<ellipse cx="492" cy="500" rx="24" ry="40" fill="#e0a07a"/><ellipse cx="794" cy="500" rx="24" ry="40" fill="#ffd3ac"/>
<path d="M494 440C490 330 560 274 644 274C730 274 796 330 792 440C796 560 740 668 644 676C546 668 490 560 494 440Z" fill="url(#skin)"/>
<ellipse cx="540" cy="556" rx="52" ry="36" fill="url(#cheek)"/><ellipse cx="746" cy="556" rx="52" ry="36" fill="url(#cheek)"/>
<path d="M484 452C476 330 540 250 650 246C760 246 816 330 804 452C790 400 764 366 724 344C690 398 590 420 526 392C506 404 492 424 484 452Z" fill="url(#hair)"/>
<g fill="none" stroke="#e08a48" stroke-opacity="0.5" stroke-width="5" stroke-linecap="round"><path d="M700 262Q780 296 798 396M730 232Q826 290 828 430M832 520Q842 600 850 660M560 262Q510 300 496 360"/></g>
<g fill="#5a2d18"><path d="M532 432q36-24 76-6l-3 11q-36-12-70 5z"/><path d="M680 426q40-18 76 6l-4 10q-34-17-70-5z"/></g>
<g><ellipse cx="572" cy="480" rx="34" ry="21" fill="#fffaf2"/><ellipse cx="716" cy="480" rx="34" ry="21" fill="#fffaf2"/>
<circle cx="575" cy="480" r="19" fill="#3f7d6a"/><circle cx="713" cy="480" r="19" fill="#3f7d6a"/><circle cx="575" cy="480" r="9.5" fill="#15201c"/><circle cx="713" cy="480" r="9.5" fill="#15201c"/>
<circle cx="582" cy="473" r="5.5" fill="#fff"/><circle cx="720" cy="473" r="5.5" fill="#fff"/>
<path d="M536 480q34-36 72-4M680 476q38-32 72 4" stroke="#3a1c10" stroke-width="7" fill="none" stroke-linecap="round"/></g>
<path d="M640 490Q628 545 626 560Q642 576 664 562" fill="none" stroke="#cf8a66" stroke-width="7" stroke-linecap="round"/>
<path d="M588 604Q644 590 702 604Q690 644 644 646Q598 644 588 604Z" fill="#b8434a"/><path d="M600 606Q644 598 690 606Q680 620 644 621Q608 620 600 606Z" fill="#fffaf4"/>
<path d="M584 602Q644 620 706 602" fill="none" stroke="#8f2f3a" stroke-width="4" stroke-linecap="round"/>
<g fill="#c67e5a" opacity="0.7"><circle cx="600" cy="540" r="3"/><circle cx="582" cy="552" r="2.6"/><circle cx="690" cy="542" r="3"/><circle cx="708" cy="552" r="2.6"/><circle cx="672" cy="534" r="2.4"/><circle cx="616" cy="532" r="2.4"/></g>
<path d="M792 330Q840 420 826 560" stroke="#ffe2a8" stroke-opacity="0.75" stroke-width="12" fill="none" filter="url(#soft)"/>
<path d="M500 600Q540 690 644 690Q560 700 520 660Z" fill="#8a4a30" opacity="0.35" filter="url(#softer)"/>`;

const scene = `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="960" viewBox="0 0 1280 960"><defs>${defs}</defs>${sky}${mountains}${pines}${house}${meadow}${body}${head}</svg>`;

/** A person before mountains at the end of a warm day, drawn here and therefore nobody's: a JPEG like one from a phone. */
export const samplePhoto = (width = 1280, height = 960): Promise<Buffer> =>
  sharp(Buffer.from(scene)).flatten().resize(width, height, { fit: 'cover' }).jpeg({ quality: 90 }).toBuffer();
