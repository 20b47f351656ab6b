import { connect as connectSocket } from 'node:net';
import { connect, constants } from 'node:http2';

/** A registry login, as the kubelet finds it in a pull Secret. */
export interface PullCredentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Pulls an image as the kubelet does, through the container runtime interface (k8s.io/cri-api runtime.v1), and
 * returns the id of what was pulled.
 * @throws with the runtime's own message
 */
export async function pullImage(
  socket: string,
  reference: string,
  credentials?: PullCredentials,
): Promise<string> {
  const image = field(1, field(1, Buffer.from(reference)));
  const { username = '', password = '' } = credentials ?? {};
  const auth = field(2, Buffer.concat([field(1, Buffer.from(username)), field(2, Buffer.from(password))]));
  const request = credentials === undefined ? image : Buffer.concat([image, auth]);
  const answer = await call(socket, 'PullImage', request);
  return firstText(answer);
}

/** Whether the runtime serves images yet. */
export async function servesImages(socket: string): Promise<boolean> {
  await call(socket, 'ListImages', Buffer.alloc(0));
  return true;
}

/** One unary gRPC call: a length-prefixed message each way, the verdict in the trailers. */
async function call(socket: string, method: string, message: Buffer): Promise<Buffer> {
  const session = connect('http://localhost', { createConnection: () => connectSocket(socket) });
  try {
    return await new Promise((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: `/runtime.v1.ImageService/${method}`,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const parts: Buffer[] = [];
      let verdict: Verdict = {};
      // A call that fails at once answers with its verdict in the headers.
      stream.on('response', (headers) => (verdict = headers as Verdict));
      stream.on('trailers', (trailers) => (verdict = trailers as Verdict));
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('error', reject);
      stream.on('end', () => {
        const said = decodeURIComponent(verdict['grpc-message'] ?? 'ended without a verdict');
        if (verdict['grpc-status'] === '0') resolve(Buffer.concat(parts).subarray(5));
        else reject(new Error(`containerd: ${method}: ${said}`));
      });
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(message.length, 1);
      stream.end(Buffer.concat([prefix, message]));
    });
  } finally {
    session.destroy();
  }
}

interface Verdict {
  readonly 'grpc-status'?: string;
  readonly 'grpc-message'?: string;
}

/** A length-delimited field of a protocol buffer. */
function field(number: number, value: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The text of a message whose only field is a text shorter than 128 bytes. */
function firstText(message: Buffer): string {
  return message.subarray(2, 2 + (message[1] ?? 0)).toString('utf8');
}
