/**
 * A till without the rest of the house: one SQLite file, the writer, the ledger and the payments actor, the real client of
 * YooKassa against the stand-in, and the edge that it notifies. It is killed at any step, as by SIGKILL, and opened again on the
 * same rows. Time passes only when it is told to.
 */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { spawnLedger } from '../actors/ledger.ts';
import { ask, type Ref, startSystem, stop, tell } from '../actors/nact.ts';
import { spawnPayments } from '../actors/payments/payments.ts';
import type { Clock, LedgerAnswer, LedgerMessage, LinkGateway, Observed, PaymentsMessage } from '../actors/protocol.ts';
import { type Database, openReader, openWriter, type Row } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { createQueries } from '../db/queries.ts';
import { createWriter } from '../db/writer.ts';
import type { PaymentOrder } from '../src/domain/payment.ts';
import type { RefundAnswer, RefundWish } from '../src/domain/refund.ts';
import type { WriteUnit } from '../src/domain/unit.ts';
import { createEdge } from '../src/http/app.ts';
import { addressList } from '../src/http/client-address.ts';
import { yookassaWebhook } from '../src/payments/yookassa/webhook.ts';
import { createYooKassa } from '../src/payments/yookassa/yookassa.ts';
import { postJson } from '../src/sandbox/yookassa/post.ts';
import { type NotificationBody, startYooKassa, type YooKassaStandIn } from '../src/sandbox/yookassa/server.ts';
import { fakeClock, idle, noon } from './probe.ts';

export const shopKey = 'live_secret-of-the-shop';
export const gatewayName = 'yookassa';
const shopId = '100500';
/** As they go over the wire. */
export const credentials = Buffer.from(`${shopId}:${shopKey}`).toString('base64');
const path = '/api/webhooks/yukassa';

/** What becomes of a notification when it is made: sent so often, for ever lost, or sent some other time. */
export type Fate = 'sent' | 'twice' | 'often' | 'lost' | 'later';
/** One that was not answered with 200 yet. */
export type Mail = { body: NotificationBody; isLost: boolean };

/**
 * What a house does, as far as it can be its last: a statement of a transaction, a question to the writer or the gateway and the
 * answer to it, a step that it tells of, an answer to a notification.
 */
export type Deed = 'statement' | 'question' | 'answer' | 'step' | 'told';

/**
 * It dies with the n-th thing that it does, of all or of that kind. `commits`: a transaction that has begun is carried out;
 * `cuts`: requests that have not arrived never do.
 */
export type Kill = { left: number; of: Deed | null; commits: boolean; cuts: boolean };

export type Till = Awaited<ReturnType<typeof openTill>>;

/** A file and a port that seeds share one after the other; each has an empty database and a shop of its own. */
export async function openLane(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'till-'));
  const url = `sqlite:${join(folder, 'till.db')}`;
  const writer = await openWriter(url);
  await migrate(writer);
  // A power cut is not played here.
  await writer.run('PRAGMA synchronous = OFF');
  const reader = await openReader(url);
  const tables = await reader.select<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('migrations', 'owner') AND name NOT LIKE 'sqlite_%'",
  );
  const door = await openDoor();
  t.teardown(async () => {
    door.server.close();
    await Promise.all([writer.close(), reader.close()]);
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    ...{ url, writer, reader, door },
    async empty(): Promise<void> {
      await writer.run('BEGIN IMMEDIATE');
      for (const { name } of tables) await writer.run(`DELETE FROM ${name}`);
      await writer.run('COMMIT');
    },
  };
}
export type Lane = Awaited<ReturnType<typeof openLane>>;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;
type Door = { server: Server; url: string; listener: Listener | null };

/** Behind it there may be nobody: then every connection is cut. */
async function openDoor(): Promise<Door> {
  const server = createServer((request, response) =>
    door.listener ? door.listener(request, response) : void request.socket.destroy(),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const door: Door = { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, listener: null };
  return door;
}

/** What is under way, by its name: work that somebody waits for. */
function newWork() {
  const open: string[] = [];
  const ends = new EventEmitter();
  const end = (what: string): void => {
    open.splice(open.indexOf(what), 1);
    ends.emit('end');
  };
  const nextEnd = (): Promise<unknown> =>
    once(ends, 'end', { signal: AbortSignal.timeout(restMs) }).catch(() => {
      throw new Error(`the till does not come to rest; under way: ${open.join(', ')}`);
    });
  return {
    begin: (what: string) => void open.push(what),
    end,
    track<Result>(what: string, work: Promise<Result>): Promise<Result> {
      open.push(what);
      const done = () => end(what);
      work.then(done, done);
      return work;
    },
    /** Nothing is under way, nor about to be: messages between actors take a few turns of the event loop. */
    async still(): Promise<void> {
      for (let quiet = 0; quiet < 12; quiet++) {
        while (open.length > 0) {
          await nextEnd();
          quiet = 0;
        }
        await idle(1);
      }
    },
  };
}
/** Nothing here takes as long. */
const restMs = 60_000;
type Work = ReturnType<typeof newWork>;

/** Opens a till with an empty database, a shop of its own and nobody in it: `open` begins its first life. */
export async function openTill(lane: Lane, fateOf: (body: NotificationBody) => Fate) {
  await lane.empty();
  const work = newWork();
  let now = noon;
  let life: Life | undefined;
  let [lives, count] = [0, 0];
  const shop = await startYooKassa({
    ...{ shopId, apiKey: shopKey, notifyUrl: lane.door.url, resendDelaysMs: [], now: () => life?.clock.now() ?? now },
  });
  const post = openPost(shop, lane.door.url, work, fateOf);
  const observed: Observed[] = [];
  const alive = (): Life => {
    if (!life || life.isDead()) throw new Error('nobody is there');
    return life;
  };
  return {
    ...{ shop, post, observed, still: work.still, url: lane.url },
    now: () => life?.clock.now() ?? now,
    lives: () => lives,
    isOpen: () => life !== undefined && !life.isDead(),
    read: <Found extends Row>(sql: string): Promise<Found[]> => lane.reader.select<Found>(sql),
    async open(): Promise<void> {
      lives++;
      life = await openLife({ lane, work, shop, now, observed, n: lives });
    },
    arm: (kill: Kill) => alive().arm(kill),
    disarm: () => life?.disarm(),
    /** After it has died: what it had begun comes to its end, and nobody learns of it. Returns whether it had died. */
    async bury(): Promise<boolean> {
      if (!life?.isDead()) return false;
      await work.still();
      life.stop();
      now = life.clock.now();
      life = undefined;
      return true;
    },
    advance(ms: number): void {
      if (life) life.clock.advance(ms);
      else now += ms;
    },
    /** How long until the last thing that anybody has in mind; undefined when nobody has anything. */
    longestPause: () => life?.clock.pauses().at(-1),
    /** The order as the person's actor commits it. Nobody knows how it went when the house dies meanwhile. */
    async order(order: PaymentOrder): Promise<void> {
      const { commit, payments } = alive();
      const isWritten = await commit({ writes: [{ do: 'addPayment', payment: order }] }).then(
        () => true,
        () => false,
      );
      if (isWritten) tell(payments, { type: 'ordered', payment: order });
    },
    refund: (wish: RefundWish): Promise<RefundAnswer> =>
      work.track(
        'a wish',
        ask(alive().payments, { type: 'refund', wish }, answerMs).catch(() => ({ status: 'unavailable' })),
      ),
    settle: (unit: WriteUnit): Promise<LedgerAnswer> =>
      work.track(
        'a settlement',
        ask(alive().ledger, { type: 'settle', unit }, answerMs).catch(() => ({ status: 'failed' })),
      ),
    /** What somebody else does at the shop, with its key. */
    async elsewhere(what: 'payments' | 'refunds', body: object): Promise<{ id: string }> {
      const headers = {
        ...{ 'content-type': 'application/json', 'idempotence-key': `${elsewhere}${++count}` },
        authorization: `Basic ${credentials}`,
      };
      const answer = await fetch(`${shop.url}/${what}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as { id: string };
    },
    async close(): Promise<void> {
      life?.fence();
      lane.door.listener = null;
      await work.still();
      life?.stop();
      await shop.close();
    },
  };
}

const elsewhere = 'elsewhere-';
/** Whether a call of the API is not the house's own. */
export const isElsewhere = ({ idempotenceKey }: { idempotenceKey: string | undefined }): boolean =>
  idempotenceKey?.startsWith(elsewhere) ?? false;

/** Real time, in which nothing is waited for: only an answer that never comes takes it. */
const answerMs = 20_000;

type LifeOptions = { lane: Lane; work: Work; shop: YooKassaStandIn; now: number; observed: Observed[]; n: number };
type Life = Awaited<ReturnType<typeof openLife>>;

/** Everything that ends with a process. What a dead one still does reaches nobody: no row, no gateway, no timer. */
async function openLife({ lane, work, shop, now, observed, n }: LifeOptions) {
  let isDead = false;
  let kill: Kill | undefined;
  let mend = () => {};
  const fence = (): void => {
    if (isDead) return;
    isDead = true;
    lane.door.listener = null;
    lane.door.server.closeAllConnections();
    if (kill?.cuts) mend = shop.faults.always({ kind: 'down', match: call => !isElsewhere(call) });
  };
  const tick = (deed: Deed): void => {
    if (!isDead && kill && (kill.of ?? deed) === deed && --kill.left <= 0) fence();
  };
  const mortal: Mortal = { isDead: () => isDead, carriesOut: () => kill?.commits ?? false, tick };
  const time = fakeClock(now);
  const clock: Clock = { now: time.now, after: (ms, call) => time.after(ms, () => isDead || call()) };
  const writer = await createWriter(mortalDatabase(lane.writer, mortal), { now: clock.now });
  const commit = (unit: WriteUnit) =>
    work.track(
      'a commit',
      begun(mortal, () => writer.commit(unit)),
    );
  const queries = tracked(createQueries(lane.reader), work);
  const observe = (seen: Observed): void => {
    if (!isDead) observed.push(seen);
    tick('step');
  };
  // Each life would have the payer come back elsewhere: what was asked once is asked in the same words all the same.
  const client = createYooKassa({
    ...{ name: gatewayName, shopId, apiKey: shopKey, apiUrl: shop.url, returnUrl: () => `https://t.me/bot?life=${n}` },
  });
  /** A call that the house may die of, and that a storm waits for. */
  const mortally =
    <Asked extends unknown[], Answer>(name: string, call: (...asked: Asked) => Promise<Answer>) =>
    (...asked: Asked): Promise<Answer> =>
      work.track(
        name,
        begun(mortal, () => call(...asked)),
      );
  const gateway: LinkGateway = {
    ...{ name: client.name, request: client.request },
    create: mortally('create', client.create),
    read: mortally('read', client.read),
    capture: mortally('capture', client.capture),
    refund: mortally('refund', client.refund),
    refundsOf: mortally('refundsOf', client.refundsOf),
    returned: mortally('returned', client.returned),
  };
  const system = startSystem('till');
  const deps = { commit, clock, observe };
  const ledger: Ref<LedgerMessage> = spawnLedger(system, deps);
  const payments: Ref<PaymentsMessage> = spawnPayments(system, {
    ...{ ...deps, ...queries, ledger, reconcileMs, gateways: new Map([[gateway.name, gateway]]) },
  });
  lane.door.listener = edgeOf(payments, mortal, work, observe);
  return {
    ...{ payments, ledger, commit, fence, isDead: mortal.isDead },
    clock: time,
    arm(wanted: Kill): void {
      kill ??= { ...wanted };
    },
    disarm(): void {
      if (!isDead) kill = undefined;
    },
    stop(): void {
      mend();
      stop(system);
    },
  };
}

const reconcileMs = 60_000;

type Mortal = {
  isDead(): boolean;
  /** Whether a transaction that stands open at the end is carried out. */
  carriesOut(): boolean;
  /** One more thing has been done; it may have been the last. */
  tick(deed: Deed): void;
};

const dead = (): Error => new Error('the house is dead');

/** Work that a dead house does not begin, and whose answer it does not hear. */
async function begun<Result>({ isDead, tick }: Mortal, begin: () => Promise<Result>): Promise<Result> {
  tick('question');
  if (isDead()) throw dead();
  const answer = begin();
  tick('question');
  const heard = (): void => tick('answer');
  await answer.then(heard, heard);
  if (isDead()) throw dead();
  return answer;
}

/** The writer's connection: a dead house begins no transaction; one that has begun ends either way. */
function mortalDatabase(database: Database, { isDead, carriesOut, tick }: Mortal): Database {
  let isBegun = false;
  const assertAlive = (): void => {
    if (isDead() && !(isBegun && carriesOut())) throw dead();
  };
  return {
    ...database,
    async select<Found extends Row>(...asked: Parameters<Database['select']>) {
      assertAlive();
      return database.select<Found>(...asked);
    },
    async run(...asked) {
      const [sql] = asked;
      if (sql === 'ROLLBACK') isBegun = false;
      else {
        tick('statement');
        assertAlive();
      }
      await database.run(...asked);
      if (/^BEGIN/.test(sql)) isBegun = true;
      if (sql === 'COMMIT') isBegun = false;
      tick('statement');
    },
  };
}

function tracked<Asked extends object>(queries: Asked, { track }: Work): Asked {
  const entries = Object.entries(queries) as [string, (...asked: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(
    entries.map(([name, query]) => [name, (...asked: unknown[]) => track(`query ${name}`, query(...asked))]),
  ) as Asked;
}

/** The way in, as the house has it. */
function edgeOf(payments: Ref<PaymentsMessage>, { tick }: Mortal, work: Work, observe: (seen: Observed) => void): Listener {
  const told = (type: 'notified' | 'refunded') => (providerId: string) =>
    work.track(type, ask(payments, { type, gateway: gatewayName, providerId }, answerMs));
  const middleware = yookassaWebhook({
    ...{ allowed: addressList(['127.0.0.0/8']), proxies: addressList([]), secret: null },
    ...{ notified: told('notified'), refunded: told('refunded') },
  });
  const isUp = async () => true;
  const health = { database: isUp, telegram: isUp, comfyui: isUp };
  const edge = createEdge({ health, webhook: null, routes: [{ path, middleware }], observe }).callback();
  return (request, response) => {
    response.once('finish', () => tick('told'));
    return edge(request, response);
  };
}

/** What the shop sends, as it is decided for each notification; what was not answered with 200 stays, to be sent again. */
function openPost(shop: YooKassaStandIn, url: string, work: Work, fateOf: (body: NotificationBody) => Fate) {
  const waiting = new Map<string, Mail>();
  const delivered: NotificationBody[] = [];
  const bodies = new Map<string, NotificationBody>();
  const keyOf = (event: string, id: string): string => `${event} ${id}`;
  let fate: Fate = 'sent';
  const times: Record<Fate, number> = { sent: 1, twice: 2, often: 23, lost: 0, later: 0 };
  // The first one is asked of each notification, and decides.
  shop.faults.always({
    kind: 'lost',
    match(body) {
      fate = fateOf(body);
      bodies.set(keyOf(body.event, body.object.id), body);
      if (times[fate] === 0) waiting.set(keyOf(body.event, body.object.id), { body, isLost: fate === 'lost' });
      for (let n = 0; n < times[fate]; n++) work.begin('a notification');
      return times[fate] === 0;
    },
  });
  shop.faults.always({ kind: 'repeated', times: times.twice, match: () => fate === 'twice' });
  shop.faults.always({ kind: 'repeated', times: times.often, match: () => fate === 'often' });
  const note = (body: NotificationBody, status: number | 'unreachable'): void => {
    const key = keyOf(body.event, body.object.id);
    if (status !== 200) return void (waiting.has(key) || waiting.set(key, { body, isLost: false }));
    waiting.delete(key);
    delivered.push(body);
  };
  shop.on('notification', ({ event, objectId, outcome }) => {
    if (outcome === 'lost') return;
    note(bodies.get(keyOf(event, objectId))!, outcome);
    work.end('a notification');
  });
  return {
    waiting,
    delivered,
    /** Brings a notification, and says what it was answered with. */
    async bring(body: object): Promise<number | 'unreachable'> {
      const posted = work.track(
        'a post',
        postJson(url, JSON.stringify(body), () => {}).catch(() => 'unreachable' as const),
      );
      const status = await posted;
      if (bodies.has(keyOf((body as NotificationBody).event, (body as NotificationBody).object?.id)))
        note(body as NotificationBody, status);
      return status;
    },
  };
}
