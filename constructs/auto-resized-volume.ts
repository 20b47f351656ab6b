import { PersistentVolumeClaim } from '@cdktf/provider-kubernetes/lib/persistent-volume-claim';
import { Construct } from 'constructs';
import { atAddress } from './address';
import { ignoredChanges } from './ignored-changes';

export interface AutoResizedVolumeProps {
  readonly resourceName: string;
  readonly name: string;
  readonly namespace: string;
  readonly storageClass: string;
  /** Size at creation; afterwards pvc-autoresizer owns it. */
  readonly initialSize: string;
  readonly maxSize: string;
  /** By how much it grows each time, in percent of its size. */
  readonly increasePercent: number;
  /** It grows when *free* space falls below this share. The predecessor wrote 80 for "80 % full" and it never fired. */
  readonly freeThresholdPercent: number;
}

/**
 * A claim that pvc-autoresizer grows. Annotations and `ignore_changes` come together: with one and not the other
 * Terraform shrank grown volumes, which replaces them (2026-05-10). It can not be destroyed.
 */
export class AutoResizedVolume extends Construct {
  readonly claimName: string;

  constructor(scope: Construct, id: string, props: AutoResizedVolumeProps) {
    super(scope, id);
    this.claimName = props.name;

    atAddress(
      new PersistentVolumeClaim(this, 'Resource', {
        waitUntilBound: false,
        metadata: {
          name: props.name,
          namespace: props.namespace,
          annotations: {
            'resize.topolvm.io/threshold': `${props.freeThresholdPercent}%`,
            'resize.topolvm.io/increase': `${props.increasePercent}%`,
            'resize.topolvm.io/storage_limit': props.maxSize,
          },
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: props.storageClass,
          resources: { requests: { storage: props.initialSize } },
        },
        lifecycle: { preventDestroy: true, ignoreChanges: [ignoredChanges.volumeRequests] },
      }),
      props.resourceName,
    );
  }
}
