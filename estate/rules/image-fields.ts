import { digestFaults, repositoryFaults, tagFaults } from '../image-reference';
import type { Estate } from '../estate';
import { check, date, objectName, sentence, treePath } from './check';
import type { Rule } from './rule';

/** Every field of an image and of the apps that pull it holds a value of its kind. */
export const imageFields: Rule = (estate) => [...ofImages(estate), ...ofApps(estate)];

function ofImages({ images }: Estate): string[] {
  return images.flatMap((image) => {
    const where = `estate.images["${image.name}"]`;
    return [
      ...check(`${where}.name`, image.name, repositoryFaults, 'write the package name'),
      ...check(
        `${where}.source.repository`,
        image.source.repository,
        repositoryFaults,
        'write the path below the host',
      ),
      ...[image.tag, ...(image.otherTags ?? [])].flatMap((tag) =>
        check(`${where}.tag`, tag, tagFaults, 'write a tag'),
      ),
      ...(image.digest === undefined
        ? []
        : check(`${where}.digest`, image.digest, digestFaults, 'copy it from the registry')),
      ...(image.floating === undefined
        ? []
        : [
            ...check(`${where}.floating.until`, image.floating.until, date, 'write YYYY-MM-DD'),
            ...check(`${where}.floating.why`, image.floating.why, sentence, 'say why it may float'),
          ]),
    ];
  });
}

function ofApps({ apps }: Estate): string[] {
  return apps.flatMap(({ stack, pulls }) => [
    ...check(`estate.apps["${stack}"].stack`, stack, objectName, 'write the folder name below stacks/'),
    ...pulls.flatMap((pull) => {
      const where = `estate.apps["${stack}"].pulls["${pull.image}"]`;
      return [
        ...check(`${where}.folder`, pull.folder, treePath, 'write a folder of the tree such as "stacks/app"'),
        ...(pull.workloads.length > 0
          ? []
          : [`${where}.workloads: is empty, got ""; name every workload that pulls it`]),
        ...pull.workloads.flatMap(({ name, containers, initContainers = [] }) => [
          ...check(`${where}.workloads`, name, objectName, 'write the name of the Kubernetes object'),
          ...[...containers, ...initContainers].flatMap((container) =>
            check(
              `${where}.workloads["${name}"].containers`,
              container,
              objectName,
              'write the container name',
            ),
          ),
          ...(containers.length + initContainers.length > 0
            ? []
            : [
                `${where}.workloads["${name}"].containers: is empty, got ""; name the containers that pull it`,
              ]),
        ]),
      ];
    }),
  ]);
}
