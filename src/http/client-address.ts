import { BlockList, isIP } from 'node:net';

/** Addresses and networks in CIDR notation; one that is none throws. */
export function addressList(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    const family = isIP(address);
    if (family === 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) throw new RangeError(`${cidr} is no address or network`);
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(bits), type);
  }
  return list;
}

/** Whether the address is in the list. An IPv4 address that came through an IPv6 socket is the IPv4 address. */
export const isListed = (list: BlockList, address: string): boolean => {
  const plain = plainAddress(address);
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
};

/**
 * Who really asks: the peer of the connection, unless it is one of our own proxies. Then the header that they add to is read from
 * the right, and the first address outside of them is the client: what stands further left was written by the client itself.
 */
export function clientAddress(peer: string, forwardedFor: string, proxies: BlockList): string {
  const hops = forwardedFor
    .split(',')
    .map(hop => hop.trim())
    .filter(hop => hop !== '');
  let address = plainAddress(peer);
  while (isListed(proxies, address) && hops.length > 0) address = plainAddress(hops.pop()!);
  return address;
}

const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
