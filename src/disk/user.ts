/** Who runs us, where the system may have no entry for that: containers with any number of a user. */
import { homedir, userInfo } from 'node:os';

/** The name; the number where there is none. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** The home folder; null where neither HOME nor the system names one. */
export function homeFolder(): string | null {
  try {
    return homedir();
  } catch {
    return null;
  }
}
