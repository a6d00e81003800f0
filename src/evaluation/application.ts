/** Applications by protocol and port, as far as a port tells. */
import { Protocol } from '../session/index.ts';

/** A table of ports from a text such as `22 ssh, 25 smtp`. */
const namesOf = (text: string): ReadonlyMap<number, string> =>
  new Map(text.split(',').map((entry) => [Number.parseInt(entry, 10), entry.trim().split(' ')[1]!]));

/**
 * Names of services by protocol and port: those of the registry of IANA (RFC 6335) that are common in captures, and a few
 * that are common without being registered.
 */
const TCP = namesOf(`
  20 ftp-data, 21 ftp, 22 ssh, 23 telnet, 25 smtp, 53 dns, 80 http, 88 kerberos, 110 pop3, 111 sunrpc,
  119 nntp, 135 msrpc, 139 netbios-ssn, 143 imap, 179 bgp, 389 ldap, 443 https, 445 smb, 465 submissions,
  502 modbus, 515 printer, 548 afp, 554 rtsp, 587 submission, 631 ipp, 636 ldaps, 853 dns-over-tls,
  873 rsync, 993 imaps, 995 pop3s, 1080 socks, 1194 openvpn, 1433 mssql, 1723 pptp, 1883 mqtt, 1935 rtmp,
  2049 nfs, 3128 http-proxy, 3268 ldap-gc, 3306 mysql, 3389 rdp, 5060 sip, 5222 xmpp, 5432 postgresql,
  5900 vnc, 6379 redis, 6667 irc, 8080 http-alt, 8443 https-alt, 8883 mqtts, 9100 jetdirect`);
const UDP = namesOf(`
  53 dns, 67 dhcp, 68 dhcp, 69 tftp, 88 kerberos, 111 sunrpc, 123 ntp, 137 netbios-ns, 138 netbios-dgm,
  161 snmp, 162 snmp-trap, 389 ldap, 443 quic, 500 isakmp, 514 syslog, 520 rip, 546 dhcpv6, 547 dhcpv6,
  853 dns-over-quic, 1194 openvpn, 1900 ssdp, 2049 nfs, 3478 stun, 3702 ws-discovery, 4500 ipsec-nat,
  5060 sip, 5353 mdns, 5355 llmnr, 5683 coap, 51820 wireguard`);

/**
 * The application of a session: `dns 53/udp`, `https 443/tcp`, `other tcp`.
 *
 * @param protocol see Protocol
 * @param port of the responder
 */
export function applicationOf(protocol: number, port: number): string {
  const tcp = protocol === Protocol.tcp;
  const name = (tcp ? TCP : UDP).get(port);
  const transport = tcp ? 'tcp' : 'udp';
  return name === undefined ? `other ${transport}` : `${name} ${port}/${transport}`;
}
