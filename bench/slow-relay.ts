import { request } from 'node:http';
import { serveBeside } from './measure';

/** In front of which server, and what every answer waits. */
export interface SlowRelayProps {
  readonly url: string;
  readonly latencyMs: number;
}

serveBeside(({ url, latencyMs }: SlowRelayProps) => (asked, answered) => {
  setTimeout(() => {
    const { method, headers } = asked;
    const forward = request(new URL(asked.url ?? '/', url), { method, headers });
    forward.on('response', (response) => {
      answered.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answered);
    });
    forward.on('error', () => answered.destroy());
    asked.pipe(forward);
  }, latencyMs);
});
