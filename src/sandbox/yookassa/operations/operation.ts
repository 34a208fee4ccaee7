import type { ApiCall } from '../call.ts';
import type { Shop } from '../shop.ts';

/** What an operation works on. */
export type Desk = { readonly shop: Shop; readonly receiptsRequired: boolean };

/** Does what a call asks for and gives the body of the answer; throws an ApiError. `id` is that of the path, if it has one. */
export type Operation = (desk: Desk, call: ApiCall, id: string) => object;
