import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { freePort } from '../process/ports';

/** A DNS server on loopback that knows the addresses of a few names, as Docker's knows its containers. */
export interface DnsResponder {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Names and addresses; a change counts at the next question. */
  readonly addresses: Map<string, string>;
  stop(): void;
}

const headerBytes = 12;
const answerFlags = 0x8180;
const nameError = 3;

/** Answers questions for the A record of one name; every other name does not exist. @see RFC 1035, section 4 */
export async function startDnsResponder(addresses: Map<string, string>): Promise<DnsResponder> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const { name, end } = nameAt(question, headerBytes);
    const found = addresses.get(name);
    const header = Buffer.alloc(headerBytes);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(answerFlags | (found === undefined ? nameError : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found === undefined ? 0 : 1, 6);
    const asked = question.subarray(headerBytes, end + 4);
    socket.send(
      Buffer.concat([header, asked, found === undefined ? Buffer.alloc(0) : record(found)]),
      port,
      address,
    );
  });
  const port = await freePort();
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  return { host: `127.0.0.1:${port}`, addresses, stop: () => socket.close() };
}

/** The labels from `start` on, and where they end. */
function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let position = start;
  for (let length = message[position] ?? 0; length > 0; length = message[position] ?? 0) {
    labels.push(message.toString('latin1', position + 1, position + 1 + length));
    position += 1 + length;
  }
  return { name: labels.join('.'), end: position + 1 };
}

/** An A record of the name that was asked, for a minute. */
function record(address: string): Buffer {
  const pointerToName = [0xc0, headerBytes];
  const typeClassTtlLength = [0, 1, 0, 1, 0, 0, 0, 60, 0, 4];
  return Buffer.from([...pointerToName, ...typeClassTtlLength, ...address.split('.').map(Number)]);
}
