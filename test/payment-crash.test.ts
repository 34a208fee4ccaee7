import test, { type ExecutionContext } from 'ava';
import { freePort } from '../src/sandbox/free-port.ts';
import type { Person } from '../src/sandbox/telegram/server.ts';
import { startYooKassa, type YooKassaStandIn } from '../src/sandbox/yookassa/server.ts';
import { build } from './built.ts';
import { type Kill, openStage, type Stage } from './crash-stage.ts';
import { phonePhoto, shopEnvironment } from './studio.ts';

/**
 * `kill -9` in the middle of a payment. What the shop took and what the ledger credited must be the same afterwards, and every
 * payer must have been told, whichever step the house died in.
 */
test.before('what is killed is the compiled house, as it is now', build);

type Scene = { stage: Stage; shop: YooKassaStandIn };

async function openScene(t: ExecutionContext, env: Record<string, string> = {}): Promise<Scene> {
  t.timeout(240_000);
  const port = await freePort();
  const notifyUrl = `http://127.0.0.1:${port}/api/webhooks/yukassa`;
  const shop = await startYooKassa({ shopId: '100500', apiKey: 'live_secret', notifyUrl, resendDelaysMs: [50] });
  const stage = await openStage({
    env: { ...shopEnvironment(shop), PORT: String(port), PAYMENT_RECONCILE_SECONDS: '1', ...env },
  });
  t.teardown(async () => {
    await stage.close();
    await shop.close();
  });
  await stage.open();
  return { stage, shop };
}

/** From the menu to the press that orders; the answer to the press may never come. */
async function orderFor(person: Person): Promise<void> {
  person.sendText('/start');
  await person.waitFor(/Добро пожаловать/);
  person.sendText('➕ Пополнить');
  await person.press('100₽ (10 000 баллов)', await person.waitFor(/Выберите сумму/));
  await person.waitFor(/Как удобнее заплатить/);
}

/**
 * Orders and pays as soon as there is something to pay, whatever happens to the house meanwhile: it dies as `kill` says, after
 * the way there.
 */
async function payFor({ stage, shop }: Scene, person: Person, kill: Kill): Promise<void> {
  if (stage.isDead()) await stage.open();
  await stage.arm({ step: 'never', left: 1 });
  if (stage.isDead()) await stage.open();
  await orderFor(person);
  await stage.arm(kill);
  person.press('💳 Карта').catch(() => {});
  const theirs = () =>
    shop.payments().find(({ metadata, status }) => metadata?.['user_id'] === String(person.id) && status === 'pending');
  await stage.until('the shop has the order', async () => {
    if (stage.isDead()) await stage.open();
    return theirs() !== undefined;
  });
  shop.pay(theirs()!.id);
}

/** What the shop took is what the ledger credited, once for each payment, and each payer knows it. */
async function assertPaidOnce(t: ExecutionContext, { stage, shop }: Scene, people: readonly Person[]): Promise<void> {
  const told = (person: Person) => person.messages.filter(({ text }) => /Платеж успешно обработан/.test(text ?? '')).length;
  await stage.until('every payer is told', async () => {
    if (stage.isDead()) await stage.open();
    return people.every(person => told(person) > 0);
  });
  const [{ credited } = { credited: 0 }] = await stage.read<{ credited: number }>(
    "SELECT SUM(points) AS credited FROM transfers WHERE debit = 'provider:yookassa'",
  );
  t.is(credited, shop.takenKopeks(), '100 points for a ruble: a point for a kopek');
  for (const person of people) {
    const { id } = person;
    t.false(
      person.messages.some(({ text }) => /не прошел/.test(text ?? '')),
      `${id} is never told that it failed`,
    );
    const [account] = await stage.read<{ posted: number }>(`SELECT posted FROM accounts WHERE id = 'user:${id}'`);
    const paid = shop.payments().filter(({ metadata, status }) => metadata?.['user_id'] === String(id) && status === 'succeeded');
    t.is(account?.posted, 60 + 10_000 * paid.length, `balance of ${id}`);
    t.is(paid.length, 1, `payments of ${id}`);
  }
  const [{ sum } = { sum: 0 }] = await stage.read<{ sum: number }>('SELECT SUM(posted) AS sum FROM accounts');
  t.is(sum, 0);
}

const deaths = ({ stage }: Scene): number => stage.story.filter(({ step }) => step.startsWith('— the house ended')).length;

const steps: [step: string, left?: number][] = [
  ['user:persisted'],
  ['payment:accept'],
  ['payment:booked:applied'],
  ['payment:credit'],
  ['payment:booked:applied', 2],
  ['outbox:sending:paymentSucceeded'],
  ['outbox:settled:paymentSucceeded'],
];

test('a house that dies in any step of a payment credits it once, and says so', async t => {
  const scene = await openScene(t);
  const people: Person[] = [];
  for (const [step, left = 1] of steps) {
    const person = scene.stage.newPerson();
    people.push(person);
    const before = deaths(scene);
    await payFor(scene, person, { step, left });
    await scene.stage.until(`death in ${step}`, () => deaths(scene) > before);
    await assertPaidOnce(t, scene, people);
  }
});

const refundSteps: [step: string, left?: number][] = [
  ['refund:ordered:applied'],
  ['refund:book'],
  ['refunds:book'],
  ['refund:booked:applied'],
  ['outbox:sending:refunded'],
];

test('a house that dies in any step of a refund gives the money back once, takes the points once, and says so', async t => {
  const scene = await openScene(t, { ADMIN_IDS: '1000' });
  const { stage, shop } = scene;
  const alive = async (): Promise<void> => {
    if (stage.isDead()) await stage.open();
  };
  const admin = stage.newPerson();
  admin.sendText('/start');
  await admin.waitFor(/Добро пожаловать/);
  for (const [step, left = 1] of refundSteps) {
    const person = stage.newPerson();
    const told = (words: RegExp): boolean => person.messages.some(({ text }) => words.test(text ?? ''));
    await payFor(scene, person, { step: 'never', left });
    await stage.until('it is paid', () => told(/Платеж успешно обработан/));
    const [payment] = await stage.read<{ id: string }>(`SELECT id FROM payments WHERE user_id = ${person.id}`);
    const before = deaths(scene);
    await stage.arm({ step, left });
    admin.sendText(`/refund ${payment!.id}`);
    await stage.until(`death in ${step}`, () => deaths(scene) > before);
    await stage.until('the payer is told', async () => {
      await alive();
      return told(/Возврат: 100 ₽/);
    });
    const lines = await stage.read<{ points: number }>(
      `SELECT points FROM transfers WHERE reason = 'refund' AND debit = 'debt:${person.id}'`,
    );
    t.deepEqual(lines, [{ points: 10_000 }], step);
    const [account] = await stage.read<{ posted: number }>(`SELECT posted FROM accounts WHERE id = 'user:${person.id}'`);
    t.is(account?.posted, 60, step);
  }
  t.is(shop.refunds().length, refundSteps.length);
  t.is(shop.takenKopeks(), 0);
  const [sums] = await stage.read<{ sum: number; sold: number }>(
    "SELECT SUM(posted) AS sum, SUM(CASE WHEN id = 'provider:yookassa' THEN posted ELSE 0 END) AS sold FROM accounts",
  );
  t.deepEqual(sums, { sum: 0, sold: 0 });
});

/** Orders in Stars and pays as soon as there is a bill, again and again while the house is away; it dies as `kill` says. */
async function payInStars({ stage }: Scene, person: Person, kill: Kill): Promise<void> {
  if (stage.isDead()) await stage.open();
  await stage.arm({ step: 'never', left: 1 });
  await orderFor(person);
  await stage.arm(kill);
  person.press('⭐ Stars (77)').catch(() => {});
  await stage.until('the bill is paid', async () => {
    if (stage.isDead()) await stage.open();
    if (!person.messages.some(({ invoice }) => invoice !== undefined)) return false;
    return person.pay(undefined, { timeoutMs: 1_000 }).then(
      ({ ok }) => ok,
      () => false,
    );
  });
}

test('a house that dies anywhere between the order of a bill in Stars and its credit credits it once, and says so', async t => {
  const scene = await openScene(t);
  const { stage } = scene;
  for (const step of ['user:persisted', 'outbox:sending:invoice', 'checkout:ok', 'payment:credit', 'payment:booked:applied']) {
    const person = stage.newPerson();
    const before = deaths(scene);
    await payInStars(scene, person, { step, left: 1 });
    await stage.until(`death in ${step}`, () => deaths(scene) > before);
    await stage.until('the payer is told', async () => {
      if (stage.isDead()) await stage.open();
      return person.messages.some(({ text }) => /Платеж успешно обработан/.test(text ?? ''));
    });
    const [account] = await stage.read<{ posted: number }>(`SELECT posted FROM accounts WHERE id = 'user:${person.id}'`);
    const charges = person.messages.filter(({ paid }) => paid !== undefined).length;
    t.is(charges, 1, step);
    t.is(account?.posted, 60 + 10_000, step);
  }
});

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const rounds = process.env['LONG'] ? 60 : 3;

test(`random deaths during payments that go wrong in between lose and double nothing (SEED=${seed})`, async t => {
  t.timeout(30 * 60_000);
  const scene = await openScene(t);
  const { stage, shop } = scene;
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const people: Person[] = [];
  for (let round = 0; round < rounds; round++) {
    const faults = [
      () => shop.faults.next({ kind: 'status', status: 500, done: true }),
      () => shop.faults.next({ kind: 'dropAfterDoing' }),
      () => shop.faults.next({ kind: 'dropBeforeDoing' }),
      () => shop.faults.next({ kind: 'lost' }),
      () => shop.faults.next({ kind: 'repeated', times: 5 }),
      () => {},
    ];
    faults[random(faults.length)]!();
    const person = stage.newPerson();
    people.push(person);
    await payFor(scene, person, { step: null, left: 1 + random(25) });
  }
  await assertPaidOnce(t, scene, people);
});

test('a photo that lacked points is started once after the top-up, whichever step after the tap the house dies in', async t => {
  const scene = await openScene(t, { EDIT_COST: '5000' });
  const { stage } = scene;
  const photo = await phonePhoto();
  const kills = [
    { step: 'user:persisted', left: 1 },
    { step: null, left: 4 },
  ];
  for (const kill of kills) {
    const person = stage.newPerson();
    if (stage.isDead()) await stage.open();
    person.sendText('/start');
    await person.waitFor(/Добро пожаловать/);
    await person.sendPhoto(photo, { caption: 'Сделай зиму' });
    await person.waitFor(/Не хватает 4\s940 баллов/);
    await payFor(scene, person, { step: 'never', left: 1 });
    const success = await person.waitFor(/Платеж успешно обработан[\s\S]*Ваше фото ждёт/);
    const before = deaths(scene);
    await stage.arm(kill);
    for (let tap = 0; tap < 2; tap++) person.press('▶️ Обработать фото', success).catch(() => {});
    await stage.until('the house dies', () => deaths(scene) > before);
    await stage.open();
    await stage.until('the picture comes', () =>
      person.messages.some(({ caption }) => /Обработка завершена/.test(caption ?? '')),
    );
    const states = await stage.read<{ state: string }>(`SELECT state FROM jobs WHERE user_id = ${person.id} ORDER BY created_at`);
    t.deepEqual(
      states.map(({ state }) => state),
      ['refused', 'completed'],
    );
  }
  t.is(stage.comfy.executions.length, kills.length);
});
