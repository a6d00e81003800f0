/**
 * Takes the payloads out of ISCX 2012 XML before it is parsed: they are most of the bytes and nobody asks for them.
 * Their elements stay, empty. Bytes 0x00, which XML forbids, go, too.
 */

/** What was taken out and what was odd about it. */
export interface Stripped {
  /** Bytes 0x00. */
  zeros: number;
  /** Payloads with markup in them. */
  markup: number;
  /** Payloads without an end: the next field was taken as it. */
  unclosed: number;
}

const OPENING = /<((?:source|destination)Payload[A-Za-z0-9]*)\s*>/g;

/** Fields that a payload is followed by: where one begins, the payload was not closed. */
const FIELD =
  /^<\/?(?:appName|total(?:Source|Destination)(?:Bytes|Packets)|(?:source|destination)(?:Payload\w*|TCPFlagsDescription|Port)?|direction|protocolName|startDateTime|stopDateTime|Tag|Testbed\w*|dataroot)[\s>/]/;

/** Characters of the longest tag, more or less. */
const TAG = 96;

/** Strips text that comes in pieces. */
export class PayloadStripper {
  readonly stripped: Stripped = { zeros: 0, markup: 0, unclosed: 0 };
  /** The element that is being passed over. */
  private inside: string | undefined;
  private strange = false;
  private rest = '';

  /** The next piece without payloads; an end that is not a whole tag yet is kept for the next call. */
  push(piece: string): string {
    let text = piece;
    if (text.includes('\0')) {
      const parts = text.split('\0');
      this.stripped.zeros += parts.length - 1;
      text = parts.join('');
    }
    // Joined, not added: sums are kept as trees, which every search would walk anew.
    if (this.rest !== '') text = [this.rest, text].join('');
    this.rest = '';
    const out: string[] = [];
    let at = 0;
    while (at < text.length) {
      if (this.inside !== undefined) {
        at = this.pass(text, at, this.inside);
        continue;
      }
      OPENING.lastIndex = at;
      const opening = OPENING.exec(text);
      if (opening === null) {
        const end = this.keepBack(text, at);
        out.push(text.slice(at, end));
        break;
      }
      const end = opening.index + opening[0].length;
      out.push(text.slice(at, end));
      at = end;
      this.inside = opening[1]!;
      this.strange = false;
    }
    return out.join('');
  }

  /** What was kept back; the text has ended. */
  end(): string {
    if (this.inside !== undefined) this.stripped.unclosed++;
    const { rest } = this;
    this.rest = '';
    return this.inside === undefined ? rest : '';
  }

  /** Passes over a payload. @returns where it ends, or the end of the text */
  private pass(text: string, from: number, name: string): number {
    let at = from;
    for (;;) {
      const tag = text.indexOf('<', at);
      if (tag < 0) return text.length;
      const head = text.slice(tag, tag + TAG);
      if (head.length < TAG && !head.includes('>') && this.mayGoOn(text, tag)) return text.length;
      const closes = head.startsWith(`</${name}`);
      if (closes || FIELD.test(head)) {
        if (!closes) this.stripped.unclosed++;
        this.inside = undefined;
        return tag;
      }
      if (!this.strange) this.stripped.markup++;
      this.strange = true;
      at = tag + 1;
    }
  }

  /** A tag that may not be whole yet waits for the next piece. */
  private mayGoOn(text: string, tag: number): boolean {
    this.rest = text.slice(tag);
    return true;
  }

  /** Where the text ends that holds whole tags only. */
  private keepBack(text: string, from: number): number {
    const tag = text.lastIndexOf('<');
    if (tag < from || text.length - tag > TAG || text.indexOf('>', tag) >= 0) return text.length;
    this.rest = text.slice(tag);
    return tag;
  }
}
