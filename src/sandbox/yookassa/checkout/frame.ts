import { type Html, html } from './html.ts';
import { style } from './style.ts';
import type { Words } from './words.ts';

/** A whole page. */
export const frame = (words: Words, title: string, content: Html): string =>
  html`<!doctype html>
<html lang="${words.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<p class="practice">${words.practice}</p>
<main>
${content}
</main>
</body>
</html>
`.text;

/** A page that says one thing. */
export const notice = (words: Words, title: string, hint: string): string =>
  frame(words, title, html`<h1>${title}</h1><p class="what">${hint}</p>`);
