import type { DialogState } from '../../domain/dialog.ts';
import type { ToldWait } from '../../domain/expected-wait.ts';
import type { EndReason } from '../../domain/job.ts';
import type { PaymentEnd } from '../../domain/payment.ts';
import { admin } from './admin.en.ts';
import { bonus } from './bonus.en.ts';
import { history } from './history.en.ts';
import { lasted, money, points, rubles } from './numbers.en.ts';
import { email, offer } from './offer.en.ts';
import { promo } from './promo.en.ts';
import { refunds } from './refund.en.ts';
import { stars, support } from './stars.en.ts';
import type { Texts } from './texts.ru.ts';

const edits = (n: number): string => `${n} ${n === 1 ? 'edit' : 'edits'}`;
const noServer = 'the servers are away at the moment, your edit will wait';
const expected = (wait: ToldWait): string => {
  if (wait === 'noServer') return noServer;
  if (wait === 0) return 'less than a minute';
  const [n, unit] = wait < 60 ? [wait, 'minute'] : [wait / 60, 'hour'];
  return `about ${n} ${unit}${n === 1 ? '' : 's'}`;
};
const priced = (price: number): string => (price === 0 ? 'free' : points(price));

export const en: Texts = {
  money,
  points,
  admin,
  bonus,
  email,
  history,
  offer,
  promo,
  refunds,
  stars,
  support,
  menuButtons: {
    edit: '🎨 Edit a photo',
    Styles: '🧩 Styles',
    Lighting: '💡 Lighting',
    Design: '🖼 Design',
    ownPrompt: '✍️ Own prompt',
    balance: '💰 Balance',
    topUp: '➕ Top up',
    help: 'ℹ️ Help',
    profile: '👤 Profile',
  },
  buttons: {
    back: '🔙 Back',
    menu: '🏠 Main menu',
    cancel: '❌ Cancel',
    ownPrompt: '✍️ Own prompt',
    more: '➡️ More',
    less: '⬅️ Previous',
    language: '🌐 Language',
    again: '🔁 Try again',
    amount: ({ rubles, points: bought }) => `${rubles}₽ (${points(bought)})`,
    ownAmount: '✏️ Own amount',
    card: '💳 Card',
    sbp: '🏦 SBP',
    pay: '💳 Pay',
  },
  welcome: ({ name, bot, points: granted, price }) =>
    `🎨 <b>Welcome to ${bot}, ${name}!</b>\n\nI edit photos with AI: I change their style, light and design, or do what you put into words.\n\n${granted > 0 ? `🎁 You have <b>${points(granted)}</b> to start with. ` : ''}One edit ${price === 0 ? 'is free for you' : `costs ${points(price)}`}.\n\nSend a photo or choose a style 👇`,
  greeting: ({ name, balance }) =>
    `Welcome back, ${name}! 👋\n\n💳 Balance: ${points(balance)}\n\nSend a photo or choose a style 👇`,
  menu: '🏠 Main menu. Send a photo or choose what to do 👇',
  cancelled: "All right, let's start over. Choose what to do 👇",
  help: ({ price, contact }) =>
    `ℹ️ <b>How it works</b>\n\n1. Choose a style, or press “✍️ Own prompt” and say what to change.\n2. Send a photo: JPEG, PNG or WebP up to 10 MB. An album of up to 3 works too, and so does a caption: it is your prompt.\n3. Wait for the result: I show your place in the queue and the progress. Until then you can cancel.\n\n💰 One edit is ${priced(price)}. If it fails or you cancel it, the points come back by themselves.\n\n📜 /history: points and edits so far\n🎟 /promo: enter a promo code\n💬 /paysupport: help with a payment\n📄 /terms: the terms\n🌐 /language: another language\n🔁 /cancel: start over${contact ? `\n\nSupport: ${contact}` : ''}`,
  balance: ({ balance, price }) => `💳 Balance: ${points(balance)}\n💸 Price of an edit: ${priced(price)}`,
  profile: ({ name, id, balance, since }) =>
    `👤 <b>${name}</b>\n🆔 <code>${id}</code>\n💳 Balance: ${points(balance)}\n📅 With us since ${since}`,
  practice: {
    pictures: '🧪 Practice mode: simple filters change the photos, no AI.',
    payments: '🧪 Practice shop: no money moves.',
  },
  topUp: '➕ <b>Top up</b>\n\n💰 Choose an amount:',
  askAmount: ({ min, max, pointsPerRuble }) =>
    `✏️ Write the amount in rubles: a whole number from ${rubles(min)} to ${rubles(max)}.\nA ruble is ${points(pointsPerRuble)}.`,
  amountUnclear: ({ min, max }) =>
    `🤔 That amount will not do. Write a whole number from ${rubles(min)} to ${rubles(max)}, for example 300.`,
  topUpMethods: ({ amount, points: bought }) => `➕ <b>${rubles(amount)} — ${points(bought)}</b>\n\nHow would you like to pay?`,
  tooManyPayments: ({ limit }) =>
    `⏳ You already have ${limit} unpaid ${limit === 1 ? 'bill' : 'bills'}. Pay one of them or wait: a bill lives for an hour.`,
  payment: {
    created: ({ sum }) =>
      `⏳ Creating a payment of ${sum}… The link will appear here. If the shop does not answer, I go on trying; nothing is charged without a payment.`,
    pending: ({ sum, points: bought }) =>
      `💳 Payment of ${sum} created: ${points(bought)}.\n\nPress “Pay”, you have an hour.\n\n⏳ Waiting for the payment…`,
    succeeded: ({ sum, points: bought }) => `✅ Paid: ${sum}, ${points(bought)}.`,
    cancelled: ({ sum }) => `🚫 The payment of ${sum} was cancelled.`,
    failed: ({ sum }) => `❌ The payment of ${sum} did not go through.`,
  },
  paymentSucceeded: ({ points: bought, repaid, balance }) =>
    `✅ Payment received!\n💰 Added: ${points(bought)}${repaid > 0 ? `\n${refunds.repaid({ points: repaid })}` : ''}\n💳 New balance: ${points(balance)}`,
  paymentEnded: ({ sum, reason }) => `❌ The payment of ${sum} did not go through. ${paymentEnds[reason]}`,
  topUpClosed: ({ contact }) =>
    `➕ Topping up is not available now.${contact ? ` Write to support: ${contact}` : ' Please try again later.'}`,
  languages: '🌐 Выберите язык / Choose a language',
  languageSet: '🇬🇧 We speak English now.',
  categories: '🎨 What shall we do with the photo? Choose a section or put it into words.',
  presets: ({ category }) => `${category}: choose one`,
  noPresets: 'Nothing here yet. Choose another section.',
  presetCard: ({ name, description, price }) =>
    `<b>${name}</b>\n${description}\n\n💰 Price: ${priced(price)}\n\n📷 Upload a picture: just send a photo.`,
  askPrompt:
    '✍️ Say what to change in the photo, in 1 to 500 characters. For example: “Make it a winter postcard, keep the faces.”',
  askPhotoForPrompt: '📷 Great! Now send the photo to change.',
  whatToDo: '📷 Got the photo. What shall I do with it? Choose a section or just write your wish.',
  promptLength: '✍️ The description must have 1 to 500 characters. Please write it once more.',
  albumTrimmed: 'I take up to 3 photos at once, so I took the first three.',
  unexpected: awaiting => unexpected[awaiting] ?? 'Send a photo or choose something from the menu 👇',
  fileUnsuitable: {
    not_a_picture: 'This is not a photo. Please send a JPEG, PNG or WebP picture.',
    animated: 'I do not work with animations or videos yet. Please send a still photo: JPEG, PNG or WebP.',
    too_heavy: 'The file is larger than 10 MB. Please send a smaller photo.',
  },
  tooManyOpen: ({ limit }) =>
    `⏳ You already have ${edits(limit)} in the works. Wait for a result and press “Try again”: I keep the photo and the wish.`,
  tooManyPerHour: ({ limit }) => `⏳ No more than ${edits(limit)} can be started within an hour. Please try a little later.`,
  slowDown: '🙏 Too many messages. Please wait a minute.',
  status: {
    received: '✅ Picture received! Checking it…',
    queued: ({ place, wait }) =>
      `✅ Picture received!\n⏳ ${place === null ? 'Waiting' : `Place in the queue: ${place}`}${wait === null ? '' : ` · ${expected(wait)}`}`,
    submitting: ({ bar, isStuck }) => `🎨 Working on it…${isStuck ? `\n⏳ ${noServer}` : bar ? `\n${bar}` : ''}`,
    completed: '✅ Picture received and edited.',
    failed: '❌ The edit did not work out.',
    cancelled: '🚫 Cancelled.',
    refused: '❌ Not accepted.',
    lacking: '⏸ Not started.',
  },
  jobPrice: ({ price }) => `💰 Price: ${priced(price)}`,
  jobId: ({ id }) => `🆔 Job: <code>${id}</code>`,
  result: ({ balance, times }) =>
    `🎉 Your edit is ready!\n💳 Points left: ${points(balance)}${times ? `\n⏱ Waited ${lasted(times.waitMs)}, edited in ${lasted(times.runMs)}` : ''}`,
  resultGone: 'This result has been deleted: finished pictures are kept for a limited time.',
  retry: '❌ Something went wrong.\n🔄 I will try again in a few seconds…',
  ended: reason => ended[reason],
  refund: ({ price, repaid, balance }) =>
    `💰 ${points(price)} are back on your balance.${repaid > 0 ? `\n${refunds.repaid({ points: repaid })}` : ''}\n💳 New balance: ${points(balance)}`,
  toasts: {
    stale: 'This button is out of date. Here is the menu.',
    cancelled: 'Cancelled',
    alreadyDone: 'This edit has ended already',
    notYours: 'This button is not for you',
    alreadyOrdered: 'The payment exists already: its link is in this message',
    alreadyStarted: 'This photo is being edited, or is done',
    slowDown: 'Too often. Please wait a minute.',
  },
  failure: 'Something went wrong. Please try later or contact support.',
  commands: {
    start: 'Start',
    menu: 'Main menu',
    balance: 'Balance and price of an edit',
    history: 'Points and edits so far',
    promo: 'Enter a promo code',
    profile: 'Profile',
    cancel: 'Start over',
    language: 'Language / Язык',
    help: 'How it works',
    paysupport: 'Help with a payment',
    terms: 'Terms',
  },
};

const awaitPhoto = '📷 I am waiting for a photo: send it and I start. Or go back to the /menu.';
const unexpected: Partial<Record<DialogState, string>> = {
  awaiting_image_for_preset: awaitPhoto,
  awaiting_image_for_custom: awaitPhoto,
  awaiting_email: email.unclear,
  awaiting_custom_prompt: '✍️ Say in words what to do with the photo. Or go back to the /menu.',
};

const paymentEnds: Record<PaymentEnd, string> = {
  expired: 'The time to pay is over: you can start again.',
  insufficient_funds: 'There was not enough money. Try a smaller amount or another card.',
  card_refused: 'The bank did not accept this card: check its data or take another one.',
  limit_exceeded: 'The limit of the card is exceeded. Try another card or SBP.',
  suspicious: 'The bank stopped the payment for safety. Call the bank or take another card.',
  unreachable: 'The shop or the bank did not answer. Please try later.',
  refused: 'The shop did not accept the order. Please write to support.',
  declined: 'The bank did not confirm the payment. Try again or take another card.',
  refunded: 'The money has gone back to you.',
};

const failed = '❌ Unfortunately the edit did not work out.';
const ended: Record<EndReason, string> = {
  insufficient_points: '💸 There were not enough points for this edit.',
  not_a_picture: '❌ This file is not a picture. Please send a photo: JPEG, PNG or WebP.',
  unsupported_format: '❌ I cannot open this format. Please send a JPEG, PNG or WebP.',
  animated: '❌ I do not work with animations yet. Please send a still photo.',
  too_heavy: '❌ The file is larger than 10 MB. Please send a smaller photo.',
  too_many_pixels: '❌ This photo has more than 25 megapixels. Please make it smaller and send it again.',
  too_small: '❌ The photo is too small: it needs at least 32×32 pixels.',
  damaged: '❌ The file is damaged and cannot be opened. Please send this photo once more.',
  file_unavailable: '❌ I could not download this photo from Telegram. Please send it once more.',
  rejected: failed,
  failed,
  deadline: `${failed} No server was free for too long.`,
  cancelled: '🚫 Cancelled.',
};
