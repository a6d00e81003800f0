/** JSON pointers (RFC 6901): where in a document something is, and where it comes from. */
import type { Fault } from '../fault/index.ts';

/** A fault at a place within a document. */
export interface Located extends Omit<Fault, 'place'> {
  readonly pointer: string;
}

/** The pointer of a key or index below another. */
export function below(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The keys that a pointer goes through. */
export function keysOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Whether one of two pointers is the other, or points into it. */
export function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** Where values come from, by pointer: a value without an entry comes from where its surroundings do. */
export type ValueOrigins = Map<string, string>;

/** The origin of a value; undefined where neither it nor anything around it has one. */
export function originOf(origins: ValueOrigins, pointer: string): string | undefined {
  if (pointer === '') return undefined;
  return origins.get(pointer) ?? originOf(origins, pointer.slice(0, pointer.lastIndexOf('/')));
}

/** Notes the origin of a value and of all within it. */
export function setOrigin(origins: ValueOrigins, pointer: string, origin: string): void {
  for (const other of origins.keys()) if (other.startsWith(`${pointer}/`)) origins.delete(other);
  origins.set(pointer, origin);
}

/** Sets a key as an assignment does, except that "__proto__" becomes a key like any other, to be refused by name. */
export function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
