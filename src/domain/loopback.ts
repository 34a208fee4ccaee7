const byte = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';
const names = new RegExp(`^(localhost|127(\\.${byte}){3}|::1|\\[::1\\])$`, 'i');

/** Whether a host, as it stands in a variable or in a URL, is this machine alone: nobody else reaches it or listens in. */
export const isLoopback = (host: string): boolean => names.test(host);
