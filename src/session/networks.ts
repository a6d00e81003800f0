/** The network that a packet was captured in: VLAN tags in front of it and the virtual network of its tunnel. */
import { Ethernet, isVlanTag, Link, type Packet, Sll, Sll2, Vlan } from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';

/** Numbers of networks fit into 16 bits of a key. */
const MOST = 0xffff;

/** Networks by number; 0 is the one without tags. */
export class Networks {
  private readonly numbers = new Map<number, number>();

  /**
   * The number of a packet's network: of its last two VLAN identifiers and its virtual network.
   *
   * @throws FaultError (data) beyond 65,535 networks
   */
  of(packet: Packet): number {
    // Two identifiers of 12 bits and a network of 24 bits and one: 49 bits.
    const network = tagsOf(packet) + packet.virtualNetwork * 0x1000000;
    if (network === 0) return 0;
    let number = this.numbers.get(network);
    if (number === undefined) {
      number = this.numbers.size + 1;
      if (number > MOST)
        throw new FaultError(
          {
            place: 'captures',
            problem: `more than ${MOST} VLANs and virtual networks`,
            cure: 'read less at once',
          },
          ExitCode.data,
        );
      this.numbers.set(network, number);
    }
    return number;
  }
}

/** 4096 · outer + inner identifier; a tag that only gives a priority (0) is none. */
function tagsOf({ link, view, start, network }: Packet): number {
  let at: number;
  let type: number;
  if (link === Link.ethernet) at = Ethernet.type;
  else if (link === Link.sll) at = Sll.type;
  else if (link === Link.sll2) at = Sll2.type;
  else return 0;
  if (network < at + 2 + Vlan.size) return 0;
  type = view.getUint16(start + at);
  // Behind the type, or behind the header that begins with it.
  at = link === Link.sll2 ? Sll2.size : at + 2;
  let tags = 0;
  while (at + Vlan.size <= network && isVlanTag(type)) {
    tags = ((tags << 12) | (view.getUint16(start + at) & 0xfff)) & 0xffffff;
    type = view.getUint16(start + at + Vlan.type);
    at += Vlan.size;
  }
  return tags;
}
