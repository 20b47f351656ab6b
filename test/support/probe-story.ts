import type { Credentials } from '../../clients/http/authorizer';
import { RegistryClient } from '../../clients/oci/client';
import { parseManifest } from '../../clients/oci/manifest';
import { damagePromises, minutesUntilFound } from './damage-promises';
import type { Damage } from './file-damage';
import { pushImage } from './push-image';
import { SimulatedProbe, type SimulatedProbeProps } from './simulated-probe';
import { seedOfTurn } from './turn-seed';

const minute = 60_000;
const minutesOfDay = 24 * 60;
/** How long an alert is watched firing before its cause is put right. */
const watchedMinutes = 30;

export interface StoryProps extends Omit<SimulatedProbeProps, 'registryUrl' | 'canaryReference'> {
  readonly kind: 'registry' | 'forgejo';
  readonly url: string;
  /** Who pushes. @default nobody in particular */
  readonly pusher?: Credentials;
  /** Before the name of every repository, with its slash. @default none */
  readonly owner?: string;
  /** Where the registry keeps the bytes of a digest. */
  readonly fileOf: (digest: string) => string;
}

/** An image of one layer in a registry. */
export interface PushedImage {
  readonly repository: string;
  readonly manifest: string;
  readonly layer: string;
}

/** What happens to the images of one registry beside its probe, on the probe's clock. */
export class ProbeStory {
  readonly client: RegistryClient;
  readonly probe: SimulatedProbe;
  readonly #props: StoryProps;

  constructor(props: StoryProps) {
    const { kind: _, url, pusher, owner = '', fileOf: __, ...probe } = props;
    this.#props = props;
    this.client = new RegistryClient({ url, ...(pusher === undefined ? {} : { credentials: pusher }) });
    this.probe = new SimulatedProbe({ ...probe, registryUrl: url, canaryReference: `${owner}canary:1` });
  }

  async push(name: string, tag = '1', seed = `${name} ${tag}`): Promise<PushedImage> {
    const repository = `${this.#props.owner ?? ''}${name}`;
    const manifest = await pushImage(this.client, repository, seed, tag);
    const { body, mediaType } = await this.client.getManifest(repository, manifest);
    const read = parseManifest(body, mediaType);
    return { repository, manifest, layer: read.kind === 'image' ? (read.layers[0]?.digest ?? '') : '' };
  }

  /** An image whose layer has its turn between these minutes from now; negative ones are past. */
  async pushInTurn(name: 'app' | 'deployed', tag: string, after: number, by: number): Promise<PushedImage> {
    const { rereadDays, deployedRereadDays } = this.#props.facts;
    const image = await this.push(
      name,
      tag,
      await seedOfTurn(tag, {
        periodMs: (name === 'deployed' ? deployedRereadDays : rereadDays) * minutesOfDay * minute,
        afterMs: (this.probe.minute + after) * minute,
        byMs: (this.probe.minute + by) * minute,
      }),
    );
    if (name === 'deployed') this.probe.deployed.push(`${image.repository}:${tag}`);
    return image;
  }

  /** Minutes within which the runbook promises that a run finds it. */
  promised(kind: keyof typeof damagePromises): ReturnType<typeof minutesUntilFound> {
    return minutesUntilFound(damagePromises[kind][this.#props.kind], this.#props.facts);
  }

  fileOf({ layer }: PushedImage): string {
    return this.#props.fileOf(layer);
  }

  /** Damage right behind a run; what is answered waits for its alert, watches it, heals, and watches it end. */
  async damage(alert: string, foundIn: number, { apply, heal }: Damage): Promise<() => Promise<void>> {
    const { probe } = this;
    const due = probe.dueIn(alert, foundIn);
    await apply();
    return async () => {
      await probe.passUntil(due + watchedMinutes);
      await heal();
      probe.fired(alert, { possible: due - probe.intervalMinutes - 2, due });
      await probe.pass(2 * probe.intervalMinutes);
    };
  }
}
