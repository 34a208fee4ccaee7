/** All codes that an error answer of this server can carry. */
export type RefusalCode =
  | 'not_found'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid_signature'
  | 'invalid_body'
  | 'body_too_large'
  | 'payments_disabled'
  | 'unavailable';

/** An answer that is not what was asked for, with a status and a code that the caller can act on. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly code: RefusalCode;

  constructor(status: number, code: RefusalCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
