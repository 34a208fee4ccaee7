/**
 * What the shop's fiscal receipts say of tax (54-FZ): YooKassa's `vat_code` 1–12 and, where the cash desk wants it,
 * `tax_system_code` 1–6.
 */
export type ReceiptTerms = { vatCode: number; taxSystemCode: number | null };

const emailLengthMax = 254;
/** The same as zod's e-mail, which the shop's stand-in checks by. */
const emailShape = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/;

/** The address that a person has written; undefined for what can be none. */
export function emailOf(text: string): string | undefined {
  const email = text.trim();
  return email.length <= emailLengthMax && emailShape.test(email) ? email : undefined;
}

/** Enough to recognise one's own by: `anna@mail.ru` is `a***@mail.ru`. */
export const maskedEmail = (email: string): string => email.replace(/^(.)[^@]*/, '$1***');
