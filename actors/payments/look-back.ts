import * as saga from '../../src/domain/payment-saga.ts';
import { takenId } from '../../src/domain/refund-saga.ts';
import { tell } from '../nact.ts';
import type { Gateway, InvoiceGateway, PaymentsMessage, ReturnedMoney } from '../protocol.ts';
import { gatewayOf, type PaymentsHouse } from './till.ts';

/** How often a gateway that keeps a list is asked for it, and when again if it did not answer, or held what we have not. */
const [lookBackMs, lookSoonMs] = [6 * 60 * 60_000, 10 * 60_000];
/** Money that went back longer ago is not looked for. */
const returnedWithinMs = 30 * 24 * 60 * 60_000;

/**
 * Looks for what we were never told of: gateways repeat what they have to say for a day, and a house may be closed for longer.
 * What is found goes the way of what is told.
 */
export function lookBack(house: PaymentsHouse, name: string): void {
  const { deps, self, payments } = house;
  const gateway = gatewayOf(house, name);
  const next = (ms: number): void => {
    payments.looks.get(name)?.();
    payments.looks.set(
      name,
      deps.clock.after(ms, () => tell(self, { type: 'lookBack', gateway: name })),
    );
  };
  if (!gateway) return;
  untold(house, gateway)?.then(
    found => {
      for (const one of found) tell(self, one);
      deps.observe({ step: `payments:looked-back:${found.length}` });
      // Found is not booked yet: it is looked for until it is found no more.
      next(found.length > 0 ? lookSoonMs : lookBackMs);
    },
    (error: Error) => {
      deps.observe({ step: 'payments:unlisted', error });
      next(lookSoonMs);
    },
  );
}

/** Undefined where nothing need be looked for. */
function untold(house: PaymentsHouse, gateway: Gateway): Promise<PaymentsMessage[]> | undefined {
  if (gateway.invoice) return untoldPayments(house, gateway);
  return gateway.returned?.(house.deps.clock.now() - returnedWithinMs).then(listed => untoldRefunds(house, gateway.name, listed));
}

async function untoldPayments({ deps }: PaymentsHouse, { name, recent }: InvoiceGateway): Promise<PaymentsMessage[]> {
  const idsOf = ({ providerId, refundedMinor }: { providerId: string; refundedMinor: number }): string[] => [
    saga.creditId(name, providerId),
    ...(refundedMinor > 0 ? [takenId(name, providerId)] : []),
  ];
  const listed = await recent();
  const booked = new Set(await deps.booked(listed.flatMap(idsOf)));
  const missing = listed.filter(seen => !idsOf(seen).every(id => booked.has(id)));
  const ours = await only(missing, ({ providerId, orderId }) => deps.paymentOf(name, providerId, orderId));
  if (ours.length < missing.length) {
    const error = new Error(`money was taken for ${missing.length - ours.length} orders that we do not know`);
    deps.observe({ step: 'payments:unknown', error });
  }
  return ours.map(seen => ({ type: 'seen', gateway: name, seen, paymentId: null, replyTo: null }));
}

/** Those for which something is found. */
const only = async <One>(all: readonly One[], find: (one: One) => Promise<unknown>): Promise<One[]> =>
  (await Promise.all(all.map(async one => ((await find(one)) ? [one] : [])))).flat();

/**
 * A shop may sell more than points: what is neither an order of ours nor a charge that was credited for one is not asked about.
 */
async function untoldRefunds(
  { deps }: PaymentsHouse,
  gateway: string,
  listed: readonly ReturnedMoney[],
): Promise<PaymentsMessage[]> {
  const booked = new Set(
    await deps.returned(
      gateway,
      listed.map(({ refundId }) => refundId),
    ),
  );
  const missing = [...new Set(listed.filter(({ refundId }) => !booked.has(refundId)).map(({ providerId }) => providerId))];
  const credited = new Set(await deps.booked(missing.map(id => saga.creditId(gateway, id))));
  const ours = await only(missing, async id => credited.has(saga.creditId(gateway, id)) || deps.paymentOf(gateway, id, null));
  return ours.map(providerId => ({ type: 'refunded', gateway, providerId, replyTo: null }));
}
