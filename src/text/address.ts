/** Addresses as they may be shown, stored and logged. */

/**
 * An address without user and password: `http://…@host/path`. Of a text that is none as it stands, everything up to the last
 * `@` may be a password, and so may what stands where the number of a port should.
 */
export function withoutPassword(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && url.host !== '') return address.replace(/^([a-z][\w+.-]*:[\\/]*)[^\\/?#]*@/i, '$1…@');
  return address
    .replace(/^(\s*[a-z][\w+.-]*:\/\/)?.*@/is, '$1…@')
    .replace(/^(\s*[a-z][\w+.-]*:\/\/[^/:[\]]*:)(?!\d{0,5}(\/|$)).*/is, '$1…');
}

/** A text in which addresses stand, each as withoutPassword has it. */
export const withoutPasswords = (text: string): string =>
  text.replace(/[a-z][\w+.-]*:\/\/[^\s"]*/gi, withoutPassword);

/** User and password of an address; null where it has none. A percent sign that begins no code stands for itself. */
export function credentialsOf({ username, password }: URL): { username: string; password: string } | null {
  if (username === '' && password === '') return null;
  return { username: decoded(username), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
