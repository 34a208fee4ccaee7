/** What goes over the wire: the objects of the YooKassa API v3, as far as this stand-in speaks it. */

export const currencies = ['RUB', 'EUR', 'USD', 'KZT', 'BYN', 'UAH', 'UZS', 'TRY', 'INR', 'MDL', 'AZN', 'AMD'] as const;
export type Currency = (typeof currencies)[number];
export type Amount = { readonly value: string; readonly currency: Currency };

export const paymentStatuses = ['pending', 'waiting_for_capture', 'succeeded', 'canceled'] as const;
export type PaymentStatus = (typeof paymentStatuses)[number];
export const refundStatuses = ['pending', 'succeeded', 'canceled'] as const;
export type RefundStatus = (typeof refundStatuses)[number];

/** All that the API knows; this shop has only the first two switched on. */
export const methodTypes = [
  ...(['bank_card', 'sbp'] as const),
  ...(['cash', 'sberbank', 'tinkoff_bank', 'yoo_money', 'mobile_balance', 'b2b_sberbank'] as const),
  ...(['sber_loan', 'electronic_certificate', 'sber_bnpl'] as const),
] as const;
export const shopMethods = ['bank_card', 'sbp'] as const;
export type ShopMethod = (typeof shopMethods)[number];

export const cancellationReasons = [
  ...(['3d_secure_failed', 'call_issuer', 'canceled_by_merchant', 'card_expired', 'country_forbidden', 'deal_expired'] as const),
  ...([
    'expired_on_capture',
    'expired_on_confirmation',
    'fraud_suspected',
    'general_decline',
    'identification_required',
  ] as const),
  ...(['insufficient_funds', 'internal_timeout', 'invalid_card_number', 'invalid_csc', 'issuer_unavailable'] as const),
  ...(['payment_method_limit_exceeded', 'payment_method_restricted', 'permission_revoked'] as const),
  'unsupported_mobile_operator' as const,
] as const;
export type CancellationReason = (typeof cancellationReasons)[number];
export type CancellationParty = 'yoo_money' | 'payment_network' | 'merchant';
export type CancellationDetails = { readonly party: CancellationParty; readonly reason: CancellationReason };

export type Card = {
  readonly first6: string;
  readonly last4: string;
  readonly expiry_month: string;
  readonly expiry_year: string;
  readonly card_type: 'MasterCard' | 'Visa' | 'Mir';
  readonly issuer_country: string;
};

export type PaymentMethod = {
  readonly type: ShopMethod;
  readonly id: string;
  readonly saved: boolean;
  readonly status: 'pending' | 'active' | 'inactive';
  readonly title?: string;
  readonly card?: Card;
  readonly sbp_operation_id?: string;
  readonly payer_bank_details?: { readonly bank_id: string; readonly bic: string };
};

export type AuthorizationDetails = {
  readonly rrn: string;
  readonly auth_code: string;
  readonly three_d_secure: { readonly applied: boolean };
};

export type Confirmation = {
  readonly type: 'redirect' | 'mobile_application' | 'qr' | 'embedded' | 'external';
  readonly return_url?: string;
  readonly confirmation_url?: string;
  readonly confirmation_data?: string;
  readonly confirmation_token?: string;
};

/** Each is one state at one moment: a change makes a new object. */
export type Payment = {
  readonly id: string;
  readonly status: PaymentStatus;
  readonly paid: boolean;
  readonly amount: Amount;
  readonly income_amount?: Amount;
  readonly authorization_details?: AuthorizationDetails;
  readonly confirmation?: Confirmation;
  readonly created_at: string;
  readonly captured_at?: string;
  readonly expires_at?: string;
  readonly description?: string;
  readonly merchant_customer_id?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly payment_method?: PaymentMethod;
  readonly recipient: { readonly account_id: string; readonly gateway_id: string };
  readonly refundable: boolean;
  readonly refunded_amount?: Amount;
  readonly receipt_registration?: 'pending' | 'succeeded' | 'canceled';
  readonly cancellation_details?: CancellationDetails;
  readonly test: true;
};

export type Refund = {
  readonly id: string;
  readonly payment_id: string;
  readonly status: RefundStatus;
  readonly created_at: string;
  readonly amount: Amount;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly receipt_registration?: 'pending' | 'succeeded' | 'canceled';
};

export type PaymentEvent = 'payment.succeeded' | 'payment.waiting_for_capture' | 'payment.canceled';
export type NotificationEvent = PaymentEvent | 'refund.succeeded';
export type NotificationBody = {
  readonly type: 'notification';
  readonly event: NotificationEvent;
  readonly object: Payment | Refund;
};
