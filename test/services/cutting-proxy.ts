/** A way to a server that can be cut: connections break in the midst of whatever is on them. */
import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../src/services/index.ts';

export interface CuttingProxy {
  readonly address: string;
  /** Breaks every connection at once; from then on for so many milliseconds, new ones, too. */
  cut(milliseconds: number): void;
  /** Breaks the connection of the next answer after so many of its bytes: the request was heard. */
  swallowAnswer(after: number): void;
  close(): void;
}

export async function cuttingProxy(target: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let closedUntil = 0;
  let swallow: number | null = null;
  const server = createServer((client) => {
    if (performance.now() < closedUntil) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const both = [client, upstream];
    for (const socket of both) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (swallow === null) return void client.write(chunk);
      client.write(chunk.subarray(0, swallow));
      swallow = null;
      for (const socket of both) socket.destroy();
    });
  });
  const port = await freePort();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  return {
    address: `http://127.0.0.1:${port}`,
    cut(milliseconds) {
      closedUntil = performance.now() + milliseconds;
      for (const socket of sockets) socket.destroy();
    },
    swallowAnswer(after) {
      swallow = after;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
