/** The part `tokens` of a spec. */
import Type from 'typebox';
import { count, type KnownNames, object } from './schema-parts.ts';

export const tokens = (names: KnownNames) =>
  object(
    {
      bytes: count(1, 255, {
        default: 43,
        description: 'Header bytes of a packet that are read, see "from"; an END token follows.',
        'x-limit': 'headers from link to transport are rarely half as long',
      }),
      from: Type.Optional(
        Type.Enum(['link', 'ip'], {
          description:
            'Where reading begins: with the link header (link, which is so without this field) or with the IP header (ip), so that VLAN tags and other link headers take no bytes from those behind them. 60 bytes from there hold IPv6 with TCP, ports included.',
        }),
      ),
      hide: Type.Array(
        Type.Unsafe<string>({
          type: 'string',
          enum: [...names.hideableFields],
          'x-expected': 'a header field',
        }),
        {
          default: [],
          uniqueItems: true,
          description:
            'Header fields (or groups of them) whose bytes the network does not see; with them, what is computed from them, see "derived".',
        },
      ),
      unit: Type.Optional(
        Type.Enum(['byte', 'character'], {
          description:
            'A token is a byte (which is so without this field), or each byte is two tokens, its hexadecimal digits, as in a variant of the Deep Session Learning article.',
        }),
      ),
      order: Type.Optional(
        Type.Enum(['forward', 'reversed'], {
          description:
            'The bytes of a packet are read from first to last (forward, which is so without this field), or from last to first, as in a variant of the article.',
        }),
      ),
      publicAddresses: Type.Optional(
        Type.Enum(['shown', 'one-token'], {
          description:
            'The bytes of public addresses are shown (which is so without this field), or all are one and the same token, that of hidden fields, as in a variant of the article.',
        }),
      ),
      derived: Type.Optional(
        Type.Enum(['hide', 'show'], {
          description:
            'What becomes of fields that are a function of hidden ones, such as the checksums of addresses and ports: hidden, too (hide, which is so without this field), or shown, to measure what they give away (show).',
        }),
      ),
    },
    { description: 'What of a packet the network reads.' },
  );
