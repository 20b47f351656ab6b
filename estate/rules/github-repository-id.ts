import type { Rule } from './rule';

/** Woodpecker's API takes numbers, not names: a trigger without the number cannot be written. */
export const githubRepositoryId: Rule = (estate) =>
  estate.githubProjects
    .filter(
      ({ repository, deployTrigger }) =>
        deployTrigger === 'rendered' && estate.woodpeckerRepositoryIds[repository] === undefined,
    )
    .map(
      ({ repository }) =>
        `estate.githubProjects["${repository}"]: its deploy trigger needs a Woodpecker repository id, got none; look it up in Woodpecker and add it to estate/woodpecker.ts, or leave the trigger "by hand"`,
    );
