/** A text for a log without the tokens of bots and the passwords in addresses, and no longer than `lengthMax` characters. */
export const withoutSecrets = (text: string, lengthMax = 300): string =>
  text
    .replace(/\d{5,}:[\w-]{10,}/g, '<token>')
    .replace(/\/\/[^\s/]*@/g, '//…@')
    .slice(0, lengthMax);
